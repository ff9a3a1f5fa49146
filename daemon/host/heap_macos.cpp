// After malloc(3) and malloc/malloc.h. Not run on a Mac, only compiled.
#include <malloc/malloc.h>

#include "daemon/host/heap.hpp"

namespace microvm {

/// Large blocks are mappings of their own there.
void keepHeapSmall() {}

void shrinkHeap() {
  ::malloc_zone_pressure_relief(nullptr, 0);
}

}  // namespace microvm
