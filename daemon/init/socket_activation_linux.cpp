// sd_listen_fds(3), without libsystemd: an environment variable and descriptors from 3 on.
#include <cstdlib>
#include <unistd.h>

#include "daemon/init/listen_fds.hpp"
#include "daemon/init/socket_activation.hpp"
#include "daemon/process/descriptor.hpp"

namespace microvm::platform {
namespace {

std::optional<std::string> environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

}  // namespace

Result<std::vector<PassedSocket>> passedSockets() {
  const auto names = passedNames(environment, ::getpid());
  for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
    ::unsetenv(variable);
  if (!names) return names.error();
  std::vector<PassedSocket> passed;
  for (const auto& name : *names) {
    UniqueFd fd(kFirstPassedFd + static_cast<int>(passed.size()));
    if (auto set = setCloseOnExec(fd.get()); !set) return std::move(set).error();
    passed.push_back({name, std::move(fd)});
  }
  return passed;
}

}  // namespace microvm::platform
