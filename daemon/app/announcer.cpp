#include "daemon/app/announcer.hpp"

#include <unistd.h>

#include <fmt/format.h>

#include "daemon/async/timing.hpp"

namespace microvm {
namespace {

std::string sentence(std::size_t running) {
  if (running == 0) return "no VM is running";
  return running == 1 ? "1 VM is running" : fmt::format("{} VMs are running", running);
}

}  // namespace

Announcer::Announcer(net::any_io_executor executor, const Environment& environment)
    : notifier_(environment), interval_(watchdogInterval(environment, ::getpid())), watchdog_(std::move(executor)) {}

void Announcer::ready(std::size_t running) {
  ready_ = true;
  notifier_.send("READY=1");
  notifier_.status(sentence(running));
  if (notifier_.isWanted() && interval_) watchdog_.spawn("watchdog", feedWatchdog(&notifier_, *interval_));
}

void Announcer::running(std::size_t count) {
  if (ready_) notifier_.status(sentence(count));
}

void Announcer::stopping(const std::string& why, Milliseconds bound) {
  ready_ = false;
  notifier_.send("STOPPING=1");
  if (bound.count() > 0) notifier_.send(fmt::format("EXTEND_TIMEOUT_USEC={}", bound.count() * 1000));
  notifier_.status(why);
}

/// On the loop that does everything else: a daemon that hangs does not feed it.
net::awaitable<void> Announcer::feedWatchdog(const Notifier* notifier, Milliseconds interval) {
  for (;;) {
    notifier->send("WATCHDOG=1");
    auto waited = co_await pause(interval);
    if (!waited) co_return;
  }
}

}  // namespace microvm
