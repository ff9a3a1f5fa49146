// One client's connection: bytes with a deadline.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/async/task.hpp"

namespace microvm::http {

/// Copies share one connection, so that a coroutine may hold it past its owner. At most one read, one write and one
/// waitHangUp() at a time.
class Socket {
public:
  Socket(net::any_io_executor executor, UniqueFd fd);

  /// From now on reads and writes end with Errc::Timeout after this span, all together.
  void setDeadline(Milliseconds span);
  void clearDeadline();

  /// The next bytes, valid until the next read; none at the end of what the peer sends.
  Task<std::string_view> read();
  Task<void> write(std::string bytes);
  /// Ends once the peer has closed both directions, or with endHangUpWait(). A peer that only ended its sending still
  /// listens and is not gone.
  Task<void> waitHangUp();
  void endHangUpWait();

  /// Ends every pending operation with Errc::Cancelled.
  void cancel();
  /// Tells the peer that nothing more comes.
  void finishSending();
  [[nodiscard]] int fd() const;

private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace microvm::http
