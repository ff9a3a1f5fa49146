#include "daemon/app/api_socket.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "daemon/init/socket_activation.hpp"
#include "daemon/process/unix_socket.hpp"

namespace microvm {
namespace {

constexpr Milliseconds kAnswerLimit{500};

Result<void> makeRoom(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode)) {
    return Error{Errc::InUse,
                 fmt::format("{} is there and is no socket", path),
                 "remove it, or choose another path with --socket",
                 {}};
  }
  if (connectUnix(path, kAnswerLimit)) {
    return Error{
        Errc::InUse, fmt::format("somebody answers on {} already", path), "choose another path with --socket", {}};
  }
  ::unlink(path.c_str());
  return {};
}

}  // namespace

Result<ApiSocket> ApiSocket::open(const std::string& path) {
  auto activated = activatedListener();
  if (!activated) return std::move(activated).error();
  if (*activated) return ApiSocket(std::move((*activated)->fd), std::move((*activated)->path), "");
  if (auto free = makeRoom(path); !free) return std::move(free).error();
  auto listener = listenUnix(path);
  if (!listener) return std::move(listener).error();
  return ApiSocket(std::move(*listener), path, path);
}

ApiSocket::~ApiSocket() {
  if (!ours_.empty()) ::unlink(ours_.c_str());
}

}  // namespace microvm
