#include "tests/support/terminals/terminal.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <utility>

#include "daemon/process/exit_watcher.hpp"

namespace microvm::test {
namespace {

PtyPair cookedPty() {
  auto pty = must(makePty());
  termios settings{};
  ::tcgetattr(pty.terminal.get(), &settings);
  settings.c_iflag |= ICRNL | IXON;
  settings.c_oflag |= OPOST | ONLCR;
  settings.c_lflag |= ICANON | ECHO | ISIG | IEXTEN;
  ::tcsetattr(pty.terminal.get(), TCSANOW, &settings);
  return pty;
}

Child start(const PtyPair& pty, const std::string& path, std::vector<std::string> arguments,
            std::vector<std::string> environment) {
  SpawnOptions options;
  options.program = path;
  options.arguments = std::move(arguments);
  options.arguments.insert(options.arguments.begin(), path);
  options.environment = std::move(environment);
  options.environment.insert(options.environment.end(), {"TERM=xterm", "HOME=/nonexistent"});
  const auto fd = pty.terminal.get();
  options.descriptors = {{fd, 0}, {fd, 1}, {fd, 2}};
  options.session = Session::New;
  return must(spawn(options));
}

}  // namespace

TerminalProgram::TerminalProgram(const std::string& path, std::vector<std::string> arguments,
                                 std::vector<std::string> environment)
    : pty_(cookedPty()), child_(start(pty_, path, std::move(arguments), std::move(environment))) {}

void TerminalProgram::type(const std::string& text) const {
  if (::write(pty_.controller.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("the terminal takes no input");
  }
}

std::string TerminalProgram::readUntil(const std::string& text) {
  while (seen_.find(text) == std::string::npos) {
    std::array<char, 4096> piece{};
    if (!waitReadable(pty_.controller.get(), kPatience))
      throw std::runtime_error("the terminal is silent after: " + seen_);
    const auto count = ::read(pty_.controller.get(), piece.data(), piece.size());
    if (count <= 0) throw std::runtime_error("the terminal ended after: " + seen_);
    seen_.append(piece.data(), static_cast<std::size_t>(count));
  }
  return seen_;
}

bool TerminalProgram::isRaw() const {
  termios settings{};
  ::tcgetattr(pty_.terminal.get(), &settings);
  return (settings.c_lflag & (ICANON | ECHO | ISIG)) == 0;
}

void TerminalProgram::resize(unsigned short columns, unsigned short rows) const {
  winsize size{};
  size.ws_col = columns;
  size.ws_row = rows;
  ::ioctl(pty_.controller.get(), TIOCSWINSZ, &size);
  must(child_.signal(SIGWINCH));
}

int TerminalProgram::finish() {
  const auto watcher = must(ExitWatcher::forChild(child_.pid()));
  if (!waitReadable(watcher.fd(), kPatience)) throw std::runtime_error("the program does not end; it wrote: " + seen_);
  return must(child_.reap()).code.value_or(-1);
}

}  // namespace microvm::test
