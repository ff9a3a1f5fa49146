// Not run on a Mac, only compiled.
#include "daemon/vfkit_qemu/qemu/command_line.hpp"

namespace microvm::vfkit_qemu {

std::vector<std::string> sandboxArguments() {
  return {};
}

}  // namespace microvm::vfkit_qemu
