// After <Hypervisor/hv.h>, which names the value of sysctl(3). Not run on a Mac, only compiled.
#include <cstddef>
#include <sys/sysctl.h>

#include "daemon/vfkit_qemu/qemu/accelerator.hpp"

namespace microvm::vfkit_qemu {

ChosenAccelerator hostAccelerator(const std::string& /*qemuProgram*/, const std::string& /*self*/) {
  int isSupported = 0;
  std::size_t size = sizeof isSupported;
  const bool isAnswered = ::sysctlbyname("kern.hv_support", &isSupported, &size, nullptr, 0) == 0;
  if (isAnswered && isSupported == 0) return {Accelerator::Tcg, "this Mac, itself a guest perhaps, can run no VMs"};
  return {Accelerator::Hvf, "macOS has Hypervisor.framework"};
}

}  // namespace microvm::vfkit_qemu
