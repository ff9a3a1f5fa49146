// A queue with one reader.
#pragma once
#include <deque>
#include <utility>

#include "daemon/async/condition.hpp"
#include "daemon/async/task.hpp"

namespace microvm {

/// post() from anywhere on the thread; pop() by one coroutine. Its writers bound it: requests wait for their answers,
/// and each run of a VM posts a handful of events.
template <class Mail>
class Mailbox {
public:
  explicit Mailbox(net::any_io_executor executor) : arrived_(std::move(executor)) {}

  void post(Mail mail) {
    mails_.push_back(std::move(mail));
    arrived_.notifyAll();
  }

  /// The oldest mail; Errc::Cancelled when the reader is cancelled.
  Task<Mail> pop() {
    while (mails_.empty()) {
      auto waited = co_await arrived_.wait();
      if (!waited) co_return std::move(waited).error();
    }
    Mail mail = std::move(mails_.front());
    mails_.pop_front();
    co_return mail;
  }

  /// Takes what nobody will read any more.
  std::deque<Mail> drain() { return std::exchange(mails_, {}); }

private:
  std::deque<Mail> mails_;
  Condition arrived_;
};

}  // namespace microvm
