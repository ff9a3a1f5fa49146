#include "daemon/init/socket_activation.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

namespace microvm {
namespace {

constexpr const char* kHint = "pass one listening Unix stream socket, named api if there are several";

int optionOf(int fd, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

/// Empty when it is no Unix socket at a path.
std::string pathOf(int fd) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  if (address.sun_family != AF_UNIX || size <= offsetof(sockaddr_un, sun_path)) return {};
  return std::string(address.sun_path, ::strnlen(address.sun_path, size - offsetof(sockaddr_un, sun_path)));
}

}  // namespace

Result<std::optional<ActivatedListener>> chooseListener(std::vector<PassedSocket> passed) {
  if (passed.empty()) return std::optional<ActivatedListener>{};
  auto chosen = passed.size() == 1 ? passed.begin() : std::find_if(passed.begin(), passed.end(), [](const auto& each) {
    return each.name == kApiSocketName;
  });
  if (chosen == passed.end()) {
    return Error{
        Errc::Usage,
        "the service manager passed " + std::to_string(passed.size()) + " sockets, and none of them is called api",
        kHint,
        {}};
  }
  auto path = pathOf(chosen->fd.get());
  const bool listens = optionOf(chosen->fd.get(), SO_ACCEPTCONN) > 0;
  if (path.empty() || !listens || optionOf(chosen->fd.get(), SO_TYPE) != SOCK_STREAM) {
    return Error{Errc::Usage,
                 "the descriptor \"" + chosen->name + "\" of the service manager is no listening Unix stream socket",
                 kHint,
                 {}};
  }
  return std::optional<ActivatedListener>{ActivatedListener{std::move(chosen->fd), std::move(path)}};
}

Result<std::optional<ActivatedListener>> activatedListener() {
  auto passed = platform::passedSockets();
  if (!passed) return std::move(passed).error();
  return chooseListener(std::move(*passed));
}

}  // namespace microvm
