#include "daemon/vfkit_qemu/qemu/accelerator.hpp"

namespace microvm::vfkit_qemu {

Accelerator hostAccelerator(const std::string& /*qemuProgram*/, const std::string& /*self*/) {
  return Accelerator::Hvf;
}

}  // namespace microvm::vfkit_qemu
