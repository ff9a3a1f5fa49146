#include "client/cli/commands/remote/dial_stdio.hpp"

#include <array>
#include <cerrno>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace microvm::cli {
namespace {

constexpr std::size_t kPiece = 16 * 1024;

/// All of it; waits where the descriptor does not block.
Result<void> writeAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto put = ::write(fd, bytes.data(), bytes.size());
    if (put >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(put));
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) return systemError("cannot pass on what came", errno);
    pollfd entry{fd, POLLOUT, 0};
    ::poll(&entry, 1, -1);
  }
  return {};
}

/// False at the end of what comes from `from`.
Result<bool> passOn(int from, int to) {
  std::array<char, kPiece> piece{};
  const auto got = ::read(from, piece.data(), piece.size());
  if (got == 0 || (got < 0 && errno == ECONNRESET)) return false;
  if (got < 0) return errno == EAGAIN || errno == EINTR ? Result<bool>(true) : systemError("cannot read on", errno);
  auto written = writeAll(to, std::string_view(piece.data(), static_cast<std::size_t>(got)));
  if (!written) return std::move(written).error();
  return true;
}

}  // namespace

Result<void> passThrough(int in, int out, UniqueFd socket) {
  bool hears = true;
  while (true) {
    std::array<pollfd, 2> entries{pollfd{socket.get(), POLLIN, 0}, pollfd{hears ? in : -1, POLLIN, 0}};
    if (::poll(entries.data(), entries.size(), -1) < 0 && errno != EINTR) return systemError("cannot wait", errno);
    if (entries[0].revents != 0) {
      const auto more = passOn(socket.get(), out);
      if (!more) return more.error();
      if (!*more) return {};
    }
    if (hears && entries[1].revents != 0) {
      const auto more = passOn(in, socket.get());
      if (!more) return more.error();
      hears = *more;
      if (!hears) ::shutdown(socket.get(), SHUT_WR);
    }
  }
}

}  // namespace microvm::cli
