// QEMU's monitor: commands with their answers, and events.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/async/task.hpp"

namespace microvm::vfkit_qemu {

/// One thread. Commands may overlap; each finds its own answer.
class QmpClient {
public:
  /// The event's name, "SHUTDOWN". Called from the reading loop.
  using OnEvent = std::function<void(const std::string& event)>;

  /// `socket` is our end of a stream socket pair.
  QmpClient(net::any_io_executor executor, UniqueFd socket, OnEvent onEvent);
  ~QmpClient();
  QmpClient(const QmpClient&) = delete;
  QmpClient& operator=(const QmpClient&) = delete;

  /// Waits for the greeting and leaves negotiation mode. Errc::Unreachable when QEMU hangs up first, Errc::Protocol
  /// when what it says is not QMP.
  Task<void> handshake(Milliseconds limit);
  /// Runs a command without arguments. Errc::RunnerFailed with QEMU's words when it refuses, Errc::Timeout,
  /// Errc::Unreachable when QEMU has hung up.
  Task<void> execute(std::string command, Milliseconds limit);
  [[nodiscard]] bool isClosed() const;

private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the reading loop, whose frame may outlive the client
};

}  // namespace microvm::vfkit_qemu
