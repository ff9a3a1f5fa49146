#include "tests/support/scripted_vfkit/console.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>
#include <utility>

#include "tests/support/pattern.hpp"

namespace microvm::scripted {
namespace {

constexpr std::uint64_t kPiece = 16 * 1024;
constexpr auto kTick = std::chrono::milliseconds(5);

/// What vfkit clears, and no more: the other side has to make the terminal raw.
void quieten(int terminal) {
  termios settings{};
  if (::tcgetattr(terminal, &settings) != 0) return;
  settings.c_iflag &= ~static_cast<tcflag_t>(ICRNL);
  settings.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  ::tcsetattr(terminal, TCSANOW, &settings);
}

}  // namespace

Console::Console(Loop& loop, ConsoleScript script, Events events)
    : loop_(loop), script_(std::move(script)), events_(std::move(events)) {
  master_ = UniqueFd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!master_ || ::grantpt(master_.get()) != 0 || ::unlockpt(master_.get()) != 0) return;
  name_ = ::ptsname(master_.get());
  slave_ = UniqueFd(::open(name_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  quieten(slave_.get());
  ::fcntl(master_.get(), F_SETFL, O_NONBLOCK);
}

void Console::boot() {
  if (script_.stall || !master_) return;
  loop_.watch(master_.get(), POLLIN, [this](short events) { ready(events); });
  print(script_.boot);
  if (script_.patternOn.empty()) startPattern();
  if (script_.lineEvery.count() > 0) printLine();
}

/// A line is written whole or not at all, so that lines() can be relied on.
void Console::printLine() {
  if (pending_.empty()) print("line " + script_.mark + " " + std::to_string(lines_++) + " .\n");
  loop_.after(script_.lineEvery, [this] { printLine(); });
}

void Console::startPattern() {
  if (patternRuns_ || script_.pattern == 0) return;
  patternRuns_ = true;
  fill();
}

void Console::print(const std::string& text) {
  pending_ += text;
  flush();
}

/// Keeps a piece of the pattern pending; with a rate, more is allowed at every tick.
void Console::fill() {
  if (script_.perMillisecond == 0) {
    allowed_ = script_.pattern;
  } else {
    allowed_ = std::min(script_.pattern, allowed_ + script_.perMillisecond * kTick.count());
    if (allowed_ < script_.pattern) loop_.after(kTick, [this] { fill(); });
  }
  flush();
}

void Console::flush() {
  for (;;) {
    if (pending_.empty() && patternRuns_ && patternAt_ < allowed_) {
      const auto size = std::min(kPiece, allowed_ - patternAt_);
      pending_ = test::consolePattern(patternAt_, size);
      patternAt_ += size;
    }
    if (pending_.empty()) break;
    const auto written = ::write(master_.get(), pending_.data(), pending_.size());
    if (written <= 0) break;
    pending_.erase(0, static_cast<std::size_t>(written));
  }
  if (pending_.empty() && patternRuns_ && patternAt_ == script_.pattern && !std::exchange(patternEnded_, true)) {
    events_.onPatternEnd(patternAt_);
  }
  loop_.setEvents(master_.get(), pending_.empty() ? POLLIN : POLLIN | POLLOUT);
}

void Console::ready(short events) {
  if ((events & POLLIN) != 0) {
    std::array<char, 4096> bytes{};
    const auto count = ::read(master_.get(), bytes.data(), bytes.size());
    if (count > 0) {
      const std::string text(bytes.data(), static_cast<std::size_t>(count));
      events_.onInput(text);
      if (script_.echo) print(text);
    }
  }
  if ((events & POLLOUT) != 0) flush();
}

void Console::drain() {
  if (script_.stall || !slave_) return;
  ::fcntl(master_.get(), F_SETFL, 0);
  while (!pending_.empty()) {
    const auto written = ::write(master_.get(), pending_.data(), pending_.size());
    if (written <= 0) break;
    pending_.erase(0, static_cast<std::size_t>(written));
  }
  // A worker of Linux's carries over what is written. Poll waits for it, FIONREAD does not: nothing to read is nothing
  // left.
  pollfd unread{slave_.get(), POLLIN, 0};
  for (int round = 0; round < 5000 && ::poll(&unread, 1, 0) > 0; ++round)
    ::poll(nullptr, 0, 2);
}

}  // namespace microvm::scripted
