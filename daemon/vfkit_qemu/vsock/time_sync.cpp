#include "daemon/vfkit_qemu/vsock/time_sync.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/core.h>

#include "daemon/async/timing.hpp"

namespace microvm::vfkit_qemu {
namespace {

constexpr Milliseconds kAnswerLimit{10000};

std::string setTime() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  return fmt::format("{{\"execute\":\"guest-set-time\",\"arguments\":{{\"time\":{}}}}}\n", nanoseconds);
}

/// The agent answers with a line when it is done.
Task<void> tellGuest(VsockTransport& transport, std::uint32_t port) {
  auto connection = transport.connect(port);
  if (!connection) co_return std::move(connection).error();
  // A connection that is not there yet takes nothing: try once it says that it is or is not.
  const std::string text = setTime();
  for (int tries = 0; ::send(connection->get(), text.data(), text.size(), MSG_NOSIGNAL) < 0; ++tries) {
    if ((errno != EAGAIN && errno != ENOTCONN) || tries == 20)
      co_return systemError("cannot tell the guest the time", errno);
    auto waited = co_await pause(Milliseconds(100));
    if (!waited) co_return waited;
  }
  auto answered = co_await waitReadable(connection->get(), kAnswerLimit);
  co_return answered;
}

}  // namespace

net::awaitable<void> keepTimeInSync(UniqueFd jumps, VsockTransport& transport, std::uint32_t port, const Log& log) {
  for (;;) {
    auto jumped = co_await waitReadable(jumps.get());
    if (!jumped) co_return;
    std::array<char, 8> ignored{};
    (void)!::read(jumps.get(), ignored.data(), ignored.size());
    auto told = co_await tellGuest(transport, port);
    if (!told && told.error().code == Errc::Cancelled) co_return;
    if (!told) log.warn(fmt::format("the guest's time was not set: {}", told.error().detail));
  }
}

}  // namespace microvm::vfkit_qemu
