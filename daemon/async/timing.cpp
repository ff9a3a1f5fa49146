#include "daemon/async/timing.hpp"

#include <memory>
#include <poll.h>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>

#include "daemon/async/timer.hpp"

namespace microvm {
namespace {

Error cancelled() {
  return Error{Errc::Cancelled, "the wait was given up", {}, {}};
}

/// Lends a descriptor to Asio; it is handed back, never closed.
class BorrowedDescriptor {
public:
  explicit BorrowedDescriptor(net::any_io_executor executor) : descriptor_(std::move(executor)) {}
  ~BorrowedDescriptor() { giveBack(); }
  BorrowedDescriptor(const BorrowedDescriptor&) = delete;
  BorrowedDescriptor& operator=(const BorrowedDescriptor&) = delete;

  Result<void> assign(int fd) {
    boost::system::error_code ec;
    descriptor_.assign(fd, ec);
    if (ec) return systemError("cannot watch a descriptor", ec.value());
    return {};
  }
  void cancel() {
    boost::system::error_code ignored;
    descriptor_.cancel(ignored);
  }
  void giveBack() {
    if (descriptor_.is_open()) descriptor_.release();
  }
  net::posix::stream_descriptor& get() { return descriptor_; }
  net::posix::stream_descriptor* operator->() { return &descriptor_; }

private:
  net::posix::stream_descriptor descriptor_;
};

/// The reactor may tell a descriptor what it knows of one that was closed in the same turn.
bool isReadable(int fd) {
  pollfd polled{fd, POLLIN, 0};
  return ::poll(&polled, 1, 0) > 0;
}

}  // namespace

Task<void> pause(Milliseconds span) {
  Timer timer(co_await net::this_coro::executor, span);
  auto [ec] = co_await timer.async_wait(kToken);
  if (ec) co_return cancelled();
  co_return Result<void>();
}

Task<void> waitReadable(int fd) {
  BorrowedDescriptor descriptor(co_await net::this_coro::executor);
  if (const auto lent = descriptor.assign(fd); !lent) co_return lent.error();
  do {
    auto [ec] = co_await descriptor->async_wait(net::posix::stream_descriptor::wait_read, kToken);
    if (ec) co_return cancelled();
  } while (!isReadable(fd));
  co_return Result<void>();
}

Task<void> waitReadable(int fd, Milliseconds limit) {
  const auto executor = co_await net::this_coro::executor;
  // Shared with the timer's handler, which may already be queued when this frame ends.
  const auto descriptor = std::make_shared<BorrowedDescriptor>(executor);
  const auto expired = std::make_shared<bool>(false);
  if (const auto lent = descriptor->assign(fd); !lent) co_return lent.error();
  Timer timer(executor, limit);
  auto onExpiry = [expired, descriptor](boost::system::error_code ec) {
    if (ec) return;
    *expired = true;
    descriptor->cancel();
  };
  timer.async_wait(onExpiry);
  bool hasEnded = false;
  do {
    auto [ec] = co_await descriptor->get().async_wait(net::posix::stream_descriptor::wait_read, kToken);
    hasEnded = static_cast<bool>(ec);
  } while (!hasEnded && !*expired && !isReadable(fd));
  timer.cancel();
  descriptor->giveBack();
  if (!hasEnded && isReadable(fd)) co_return Result<void>();
  if (*expired) co_return Error{Errc::Timeout, "nothing happened in time", {}, {}};
  co_return cancelled();
}

}  // namespace microvm
