#include "daemon/vfkit_qemu/qemu/accelerator.hpp"

namespace microvm::vfkit_qemu {

ChosenAccelerator hostAccelerator(const std::string& /*qemuProgram*/, const std::string& /*self*/) {
  return {Accelerator::Hvf, "macOS has Hypervisor.framework"};
}

}  // namespace microvm::vfkit_qemu
