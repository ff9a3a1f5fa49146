// After the section "compatibility" of setrlimit(2): the hard limit may be "infinity" there, and asking for it is an
// error. Not run on a Mac, only compiled.
#include <climits>
#include <cstddef>
#include <sys/sysctl.h>

#include "daemon/app/descriptor_limit.hpp"

namespace microvm::platform {

rlim_t mostDescriptors() {
  int most = 0;
  std::size_t size = sizeof most;
  if (::sysctlbyname("kern.maxfilesperproc", &most, &size, nullptr, 0) != 0 || most <= 0) return OPEN_MAX;
  return static_cast<rlim_t>(most);
}

}  // namespace microvm::platform
