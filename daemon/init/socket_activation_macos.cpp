// After launch(3): launchd hands over the sockets of a job's property list by name. Not run on a Mac, only compiled.
#include <cerrno>
#include <cstdlib>
#include <launch.h>
#include <memory>

#include "daemon/init/socket_activation.hpp"
#include "daemon/process/descriptor.hpp"

namespace microvm::platform {

Result<std::vector<PassedSocket>> passedSockets() {
  int* fds = nullptr;
  std::size_t count = 0;
  const int error = ::launch_activate_socket(kApiSocketName, &fds, &count);
  // Not a job of launchd (ESRCH), a job without this socket (ENOENT), or asked for a second time (EALREADY).
  if (error == ESRCH || error == ENOENT || error == EALREADY) return std::vector<PassedSocket>{};
  if (error != 0) return systemError("cannot take the socket that launchd opened", error);
  const std::unique_ptr<int, decltype(&::free)> owner(fds, &::free);
  std::vector<PassedSocket> passed;
  for (std::size_t i = 0; i < count; ++i) {
    UniqueFd fd(fds[i]);
    if (auto set = setCloseOnExec(fd.get()); !set) return std::move(set).error();
    passed.push_back({kApiSocketName, std::move(fd)});
  }
  return passed;
}

}  // namespace microvm::platform
