#include "client/cli/console/session.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <memory>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/console/link.hpp"
#include "client/cli/console/readiness.hpp"
#include "client/cli/console/recording.hpp"
#include "client/cli/console/signal_pipe.hpp"
#include "client/cli/console/terminal.hpp"

namespace microvm::cli {
namespace {

using Clock = std::chrono::steady_clock;

// Small enough for a pipe or a terminal that poll() calls writable to take whole.
constexpr std::size_t kWritePiece = 4096;
constexpr std::size_t kInputCap = 64 * 1024;
// Ends what a guest may have switched on: colours, a hidden cursor, bracketed paste.
constexpr std::string_view kTerminalReset = "\x1b[0m\x1b[?25h\x1b[?2004l";

class Session {
public:
  Session(client::Client& client, SessionOptions options)
      : options_(std::move(options)), link_(client, options_.vm, options_.request, options_.note) {}

  Result<SessionResult> run();

private:
  enum Slot { kSignals, kIn, kLink, kOut, kSlots };

  Result<void> open();
  Result<void> step();
  [[nodiscard]] std::array<pollfd, kSlots> interests() const;
  [[nodiscard]] int patience() const;
  Result<void> beginRecording();
  void record(const std::function<Result<void>(Recording&)>& what);
  void takeSignals();
  void stopAndGoOn();
  void readInput();
  void sendInput();
  Result<void> readLink();
  void writeOutput();
  void end(SessionEnd how) {
    if (!ended_) ended_ = how;
  }
  [[nodiscard]] bool mayWrite() const { return options_.request.access != client::ConsoleAccess::ReadOnly; }

  SessionOptions options_;
  ConsoleLink link_;
  std::unique_ptr<SignalPipe> signals_;
  std::unique_ptr<RawTerminal> terminal_;
  std::optional<Recording> recording_;
  std::optional<Clock::time_point> deadline_;
  std::string input_;
  std::string output_;
  bool inputOpen_ = true;
  bool linkOpen_ = true;
  bool linkHung_ = false;
  int signal_ = 0;
  int outputError_ = 0;
  std::optional<SessionEnd> ended_;
};

Result<void> Session::open() {
  if (auto begun = beginRecording(); !begun) return begun;
  if (auto attached = link_.attach(); !attached) return attached;
  if (options_.attached) options_.attached();
  auto signals = SignalPipe::open();
  if (!signals) return std::move(signals).error();
  signals_ = std::move(*signals);
  if (::isatty(options_.in) == 1) {
    auto terminal = RawTerminal::enter(options_.in);
    if (!terminal) return std::move(terminal).error();
    terminal_ = std::move(*terminal);
  }
  if (options_.limit) deadline_ = Clock::now() + *options_.limit;
  output_ = link_.takeReceived();
  return {};
}

Result<void> Session::beginRecording() {
  if (options_.record.empty()) return {};
  const auto size = terminalSize(options_.out).value_or(TerminalSize{});
  auto recording = Recording::create(options_.record, options_.vm, size, Clock::now());
  if (!recording) return std::move(recording).error();
  recording_ = std::move(*recording);
  return {};
}

/// A recording that cannot go on does not end the session.
void Session::record(const std::function<Result<void>(Recording&)>& what) {
  if (!recording_) return;
  const auto recorded = what(*recording_);
  if (recorded) return;
  options_.note(recorded.error().detail + "; the recording ends here");
  recording_.reset();
}

std::array<pollfd, Session::kSlots> Session::interests() const {
  std::array<pollfd, kSlots> slots{};
  const bool wantsInput = inputOpen_ && input_.size() < kInputCap;
  slots[kSignals] = {signals_->fd(), POLLIN, 0};
  slots[kIn] = {wantsInput ? options_.in : -1, POLLIN, 0};
  // A broken connection is always "ready"; it is looked at again when what it has brought is written.
  const bool wantsLink = output_.empty() || !linkHung_;
  slots[kLink] = {
      wantsLink ? link_.fd() : -1,
      static_cast<short>((output_.empty() ? POLLIN : 0) | (input_.empty() && !link_.hasOutput() ? 0 : POLLOUT)), 0};
  slots[kOut] = {output_.empty() ? -1 : options_.out, POLLOUT, 0};
  return slots;
}

int Session::patience() const {
  auto wait = link_.isConnected() || !linkOpen_ ? Milliseconds(60'000) : ConsoleLink::kRetryPause;
  if (deadline_) {
    const auto left = std::chrono::ceil<Milliseconds>(*deadline_ - Clock::now());
    wait = std::clamp(left, Milliseconds(0), wait);
  }
  return static_cast<int>(wait.count());
}

Result<void> Session::step() {
  auto slots = interests();
  if (waitReady(slots, patience()) < 0 && errno != EINTR) return systemError("cannot wait", errno);
  if (slots[kSignals].revents != 0) takeSignals();
  if (slots[kIn].revents != 0) readInput();
  if (slots[kOut].revents != 0) writeOutput();
  if ((slots[kLink].revents & POLLOUT) != 0 && link_.isConnected()) sendInput();
  linkHung_ = (slots[kLink].revents & (POLLHUP | POLLERR)) != 0;
  if (link_.isConnected()) {
    if ((slots[kLink].revents & ~POLLOUT) != 0 && output_.empty()) {
      if (auto read = readLink(); !read) return read;
    }
  } else if (linkOpen_) {
    auto state = link_.reattach();
    if (!state) return std::move(state).error();
    linkOpen_ = *state != ConsoleLink::State::Ended;
    output_ += link_.takeReceived();
  }
  if (!linkOpen_ && output_.empty()) end(SessionEnd::VmEnded);
  if (deadline_ && Clock::now() >= *deadline_) end(SessionEnd::LimitPassed);
  return {};
}

void Session::takeSignals() {
  while (const auto signal = signals_->take()) {
    if (*signal == SIGTSTP) {
      stopAndGoOn();
    } else if (*signal == SIGCONT) {
      if (terminal_) terminal_->makeRaw();
    } else if (*signal == SIGWINCH) {
      const auto size = terminalSize(options_.out);
      if (size) record([&](Recording& recording) { return recording.resize(*size, Clock::now()); });
    } else {
      signal_ = *signal;
      end(SessionEnd::Interrupted);
    }
  }
}

void Session::stopAndGoOn() {
  if (terminal_) terminal_->restore();
  ::raise(SIGSTOP);
  if (terminal_) terminal_->makeRaw();
}

void Session::readInput() {
  std::array<char, kWritePiece> piece;
  const ssize_t count = ::read(options_.in, piece.data(), piece.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (count <= 0) {
    inputOpen_ = false;
    // A terminal that is gone takes the session with it; a file that ends does not.
    if (terminal_) end(SessionEnd::OutputGone);
    return;
  }
  const std::string_view bytes(piece.data(), static_cast<std::size_t>(count));
  if (terminal_ && options_.detachKeys) {
    auto typed = options_.detachKeys->feed(bytes);
    if (mayWrite()) input_ += typed.input;
    if (typed.detached) end(SessionEnd::Detached);
  } else if (mayWrite()) {
    input_ += bytes;
  }
}

void Session::sendInput() {
  input_.erase(0, link_.send(input_));
}

Result<void> Session::readLink() {
  auto bytes = link_.receive();
  if (!bytes) return std::move(bytes).error();
  output_ += *bytes;
  return {};
}

void Session::writeOutput() {
  const ssize_t count = ::write(options_.out, output_.data(), std::min(output_.size(), kWritePiece));
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (count <= 0) {
    outputError_ = count < 0 ? errno : EPIPE;
    end(SessionEnd::OutputGone);
    return;
  }
  const auto taken = static_cast<std::size_t>(count);
  record(
      [&](Recording& recording) { return recording.output(std::string_view(output_).substr(0, taken), Clock::now()); });
  if (options_.until && options_.until->feed(std::string_view(output_).substr(0, taken))) end(SessionEnd::Matched);
  output_.erase(0, taken);
}

Result<SessionResult> Session::run() {
  if (auto opened = open(); !opened) return std::move(opened).error();
  Result<void> going;
  while (going && !ended_)
    going = step();
  record([](Recording& recording) { return recording.finish(Clock::now()); });
  if (terminal_ && ::isatty(options_.out) == 1 && ended_ != SessionEnd::OutputGone) {
    output_ = kTerminalReset;
    if (::write(options_.out, output_.data(), output_.size()) < 0) end(SessionEnd::OutputGone);
    output_.clear();
  }
  terminal_.reset();
  if (!going) return std::move(going).error();
  return SessionResult{*ended_, signal_, outputError_, link_.offset() - output_.size()};
}

}  // namespace

Result<SessionResult> runConsole(client::Client& client, SessionOptions options) {
  Session session(client, std::move(options));
  return session.run();
}

}  // namespace microvm::cli
