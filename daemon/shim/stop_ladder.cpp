#include "daemon/shim/stop_ladder.hpp"

#include <csignal>
#include <unistd.h>

#include "daemon/process/unix_socket.hpp"

namespace microvm::shim {
namespace {

constexpr Milliseconds kConnectLimit{100};
constexpr Milliseconds kHardStopLimit{5000};

}  // namespace

StopLadder::StopLadder(std::string runnerSocket, Milliseconds stopTimeout, Signal signal)
    : runnerSocket_(std::move(runnerSocket)), stopTimeout_(stopTimeout), signal_(std::move(signal)) {}

bool StopLadder::ask(const std::string& state) {
  auto socket = connectUnix(runnerSocket_, kConnectLimit);
  if (!socket) return false;
  const std::string body = R"({"state":")" + state + "\"}";
  const std::string request =
      "POST /vm/state HTTP/1.1\r\nHost: vfkit\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
  if (::write(socket->get(), request.data(), request.size()) != static_cast<ssize_t>(request.size())) return false;
  request_ = std::move(*socket);
  return true;
}

void StopLadder::begin(Clock::time_point now) {
  if (rung_ != Rung::None) return;
  rung_ = Rung::Stop;
  deadline_ = now + stopTimeout_;
  // Never both: a runner that gets SIGTERM and Stop together may hang. The signal is for one that has no socket.
  if (!ask("Stop")) signal_(SIGTERM);
}

void StopLadder::step(Clock::time_point now) {
  if (!deadline() || now < deadline_) return;
  if (rung_ == Rung::Stop && ask("HardStop")) {
    rung_ = Rung::HardStop;
    deadline_ = now + kHardStopLimit;
    return;
  }
  rung_ = Rung::Kill;
  signal_(SIGKILL);
}

std::optional<StopLadder::Clock::time_point> StopLadder::deadline() const {
  if (rung_ == Rung::Stop || rung_ == Rung::HardStop) return deadline_;
  return std::nullopt;
}

}  // namespace microvm::shim
