// A vsock made of Unix sockets in a folder: host.PORT and guest.PORT.
#pragma once
#include <string>
#include <sys/socket.h>

#include "daemon/process/unix_socket.hpp"
#include "daemon/vfkit_qemu/vsock/transport.hpp"
#include "tests/support/temp_dir.hpp"

namespace microvm::vfkit_qemu {

class SocketVsock : public VsockTransport {
public:
  Result<UniqueFd> listen(std::uint32_t port) override { return listenUnix(hostPort(port)); }
  [[nodiscard]] bool isFromGuest(int /*connection*/) const override { return !isFromElsewhere; }
  Result<UniqueFd> connect(std::uint32_t port) override { return connectUnix(guestPort(port), Milliseconds(1000)); }

  /// Where the guest of a test connects to the host, and where it listens.
  [[nodiscard]] std::string hostPort(std::uint32_t port) const { return folder / ("host." + std::to_string(port)); }
  [[nodiscard]] std::string guestPort(std::uint32_t port) const { return folder / ("guest." + std::to_string(port)); }

  test::TempDir folder;
  bool isFromElsewhere = false;
};

/// Who runs in a test: what is received until the other side has no more to say, or now nothing is there.
struct Heard {
  std::string text;
  bool isOver = false;
};

inline void hear(int fd, Heard& heard) {
  char buffer[4096];
  for (;;) {
    const ssize_t count = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (count == 0) heard.isOver = true;
    if (count <= 0) return;
    heard.text.append(buffer, static_cast<std::size_t>(count));
  }
}

}  // namespace microvm::vfkit_qemu
