// A queue with one reader.
#pragma once
#include <list>
#include <utility>

#include "daemon/async/condition.hpp"
#include "daemon/async/task.hpp"

namespace microvm {

/// post() from anywhere on the thread; wait() and take() by one coroutine. Its writers bound it: requests wait for
/// their answers, and each run of a VM posts a handful of events.
template <class Mail>
class Mailbox {
public:
  explicit Mailbox(net::any_io_executor executor) : arrived_(std::move(executor)) {}

  void post(Mail mail) {
    mails_.push_back(std::move(mail));
    arrived_.notifyAll();
  }

  /// Ends when there is mail; Errc::Cancelled when the reader is cancelled. Apart from take(), so that a reader that
  /// waits, as most of a thousand do, has no room for a mail in its frame.
  Task<void> wait() {
    while (mails_.empty()) {
      auto waited = co_await arrived_.wait();
      if (!waited) co_return waited;
    }
    co_return Result<void>();
  }

  /// The oldest one. Only after wait().
  Mail take() {
    Mail mail = std::move(mails_.front());
    mails_.pop_front();
    return mail;
  }

  /// Takes what nobody will read any more.
  std::list<Mail> drain() { return std::exchange(mails_, {}); }

private:
  std::list<Mail> mails_;  // takes no room while it is empty
  Condition arrived_;
};

}  // namespace microvm
