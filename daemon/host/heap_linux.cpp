#include <malloc.h>

#include "daemon/host/heap.hpp"

namespace microvm {
namespace {

// Setting it keeps glibc from raising it with every block that is freed: to 32 MiB, which then stay with the heap.
constexpr int kOwnMapping = 128 * 1024;
constexpr int kMostSpare = 256 * 1024;  // free bytes at the end of the heap

}  // namespace

void keepHeapSmall() {
  ::mallopt(M_MMAP_THRESHOLD, kOwnMapping);
  ::mallopt(M_TRIM_THRESHOLD, kMostSpare);
  // The daemon's threads take turns far more often than they meet.
  ::mallopt(M_ARENA_MAX, 1);
}

void shrinkHeap() {
  ::malloc_trim(0);
}

}  // namespace microvm
