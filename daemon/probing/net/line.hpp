// One connection of a probe, with one limit for all that is done on it.
#pragma once
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/generic/stream_protocol.hpp>

#include "api/core/time.hpp"
#include "daemon/async/task.hpp"
#include "daemon/async/timer.hpp"
#include "daemon/domain/definition/network_address.hpp"

namespace microvm {

class Line {
public:
  explicit Line(const net::any_io_executor& executor);
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  /// From now on.
  void limit(Milliseconds span);
  [[nodiscard]] bool isExpired() const;

  /// A Unix socket: at once or not at all.
  Result<void> connect(const std::string& path);
  Task<void> connect(NetworkAddress address);
  Task<void> write(std::string text);
  /// Some bytes; none at the end. Valid until the next call.
  Task<std::string_view> read();

private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the timer's handler, which may be queued when the line is gone
};

}  // namespace microvm
