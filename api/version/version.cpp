#include "api/version/version.hpp"

namespace microvm {

std::string_view version() {
  return MICROVM_VERSION;
}

}  // namespace microvm
