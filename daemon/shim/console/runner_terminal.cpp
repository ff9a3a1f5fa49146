#include "daemon/shim/console/runner_terminal.hpp"

#include <cerrno>
#include <unistd.h>
#include <utility>

#include "daemon/process/pty.hpp"

namespace microvm::shim {
namespace {

constexpr std::size_t kLastBytes = 1024 * 1024;
constexpr Milliseconds kHeldBack{50};  // for the rest of a line that an old runner writes in one go

}  // namespace

RunnerTerminal::RunnerTerminal(ConsoleLog& log, TerminalKind kind, UniqueFd fd)
    : log_(log), kind_(kind), fd_(std::move(fd)), isAwaited_(kind == TerminalKind::Named) {}

Result<void> RunnerTerminal::open(const std::string& path) {
  isAwaited_ = false;
  auto opened = openTerminal(path);
  if (!opened) return std::move(opened).error();
  fd_ = std::move(*opened);
  return {};
}

/// Fills the buffer as far as the terminal has something: it hands out little at a time, the log takes it at once.
std::size_t RunnerTerminal::read(std::span<char> buffer) {
  std::size_t filled = 0;
  bool isGone = false;
  while (fd_ && filled < buffer.size() && !isGone) {
    const auto got = ::read(fd_.get(), buffer.data() + filled, buffer.size() - filled);
    if (got > 0) {
      filled += static_cast<std::size_t>(got);
    } else if (got == 0 || errno != EINTR) {
      isGone = got == 0 || errno != EAGAIN;
      break;
    }
  }
  record(std::string_view(buffer.data(), filled));
  if (isGone) fd_.reset();
  return filled;
}

void RunnerTerminal::readRest(std::span<char> buffer) {
  for (std::size_t last = 0; fd_ && last < kLastBytes;) {
    const auto got = read(buffer);
    if (got == 0) break;
    last += got;
  }
  releaseHeldBack();
}

std::size_t RunnerTerminal::write(std::string_view bytes) {
  if (!fd_) return isAwaited_ ? 0 : bytes.size();
  const auto written = ::write(fd_.get(), bytes.data(), bytes.size());
  if (written >= 0) return static_cast<std::size_t>(written);
  return errno == EAGAIN || errno == EINTR ? 0 : bytes.size();
}

std::optional<RunnerTerminal::Clock::time_point> RunnerTerminal::deadline() const {
  return heldUntil_;
}

void RunnerTerminal::step(Clock::time_point now) {
  if (heldUntil_ && now >= *heldUntil_) releaseHeldBack();
}

void RunnerTerminal::record(std::string_view bytes) {
  if (kind_ != TerminalKind::Stdio) return log_.append(bytes);
  log_.append(filter_.feed(bytes));
  heldUntil_.reset();
  if (filter_.isHolding()) heldUntil_ = Clock::now() + kHeldBack;
}

void RunnerTerminal::releaseHeldBack() {
  if (!heldUntil_) return;
  log_.append(filter_.release());
  heldUntil_.reset();
}

}  // namespace microvm::shim
