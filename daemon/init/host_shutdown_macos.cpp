// Not run on a Mac, only compiled.
#include <cerrno>
#include <sys/sysctl.h>

#include "api/core/error.hpp"
#include "api/core/logging.hpp"
#include "daemon/init/host_shutdown.hpp"

namespace microvm {

/// launchd does not say why it ends a job, but the kernel has been told: kern.willshutdown is 1 from then on
/// (IOPMrootDomain.cpp of XNU). launchd lets a job end within its ExitTimeOut before the kernel ends all other
/// processes, shims and runners among them, within seconds.
bool hostIsStopping(const Environment& /*environment*/) {
  int willShutDown = 0;
  std::size_t size = sizeof(willShutDown);
  if (::sysctlbyname("kern.willshutdown", &willShutDown, &size, nullptr, 0) == 0) return willShutDown != 0;
  logWarn("cannot tell whether the host shuts down error={}", systemError("kern.willshutdown", errno).detail);
  return false;
}

}  // namespace microvm
