#include "client/cli/console/terminal.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace microvm::cli {
namespace {

constexpr std::array<int, 5> kFatal{SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};

// What the handler of a fatal signal needs; it may call tcsetattr, which is safe in a handler.
volatile std::sig_atomic_t guardedFd = -1;
termios guardedModes{};

void restoreAndDie(int signal) {
  if (guardedFd >= 0) ::tcsetattr(guardedFd, TCSANOW, &guardedModes);
  ::raise(signal);  // SA_RESETHAND has put the default action back
}

// A shell that put us into the background has set its own modes: leave them alone. A terminal that is not ours to be
// put into the background of has no foreground group.
bool isForeground(int fd) {
  const pid_t group = ::tcgetpgrp(fd);
  return group < 0 || group == ::getpgrp();
}

}  // namespace

std::optional<TerminalSize> terminalSize(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return std::nullopt;
  return TerminalSize{size.ws_col, size.ws_row};
}

struct RawTerminal::Saved {
  int fd = -1;
  termios cooked{};
  termios raw{};
  std::array<struct sigaction, kFatal.size()> handlers{};
};

Result<std::unique_ptr<RawTerminal>> RawTerminal::enter(int fd) {
  auto saved = std::make_unique<Saved>();
  saved->fd = fd;
  if (::tcgetattr(fd, &saved->cooked) != 0) return systemError("cannot read the terminal's modes", errno);
  saved->raw = saved->cooked;
  ::cfmakeraw(&saved->raw);
  std::unique_ptr<RawTerminal> terminal(new RawTerminal(std::move(saved)));
  if (::tcsetattr(fd, TCSADRAIN, &terminal->saved_->raw) != 0) {
    return systemError("cannot make the terminal raw", errno);
  }
  return terminal;
}

RawTerminal::RawTerminal(std::unique_ptr<Saved> saved) : saved_(std::move(saved)) {
  guardedModes = saved_->cooked;
  guardedFd = saved_->fd;
  struct sigaction action {};
  action.sa_handler = restoreAndDie;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_NODEFER;
  for (std::size_t i = 0; i < kFatal.size(); ++i)
    ::sigaction(kFatal[i], &action, &saved_->handlers[i]);
}

RawTerminal::~RawTerminal() {
  restore();
  guardedFd = -1;
  for (std::size_t i = 0; i < kFatal.size(); ++i)
    ::sigaction(kFatal[i], &saved_->handlers[i], nullptr);
}

void RawTerminal::restore() {
  if (isForeground(saved_->fd)) ::tcsetattr(saved_->fd, TCSANOW, &saved_->cooked);
}

void RawTerminal::makeRaw() {
  if (isForeground(saved_->fd)) ::tcsetattr(saved_->fd, TCSANOW, &saved_->raw);
}

}  // namespace microvm::cli
