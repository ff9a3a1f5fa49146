#include "daemon/vfkit_qemu/devices/consoles.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <fmt/core.h>

namespace microvm::vfkit_qemu {
namespace {

Result<void> truncateLog(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666));
  if (file) return {};
  return systemError("cannot write the console log " + path, errno);
}

/// vfkit clears these three flags and never restores them; signals from the keyboard stay.
Result<void> prepareStdin() {
  termios terminal{};
  if (::tcgetattr(STDIN_FILENO, &terminal) != 0)
    return Error{Errc::Invalid,
                 "virtio-serial,stdio needs a terminal as standard input: inappropriate ioctl for device",
                 {},
                 {}};
  terminal.c_iflag &= ~static_cast<tcflag_t>(ICRNL);
  terminal.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  if (::tcsetattr(STDIN_FILENO, TCSANOW, &terminal) != 0)
    return systemError("cannot set the terminal on standard input", errno);
  return {};
}

void makeBlocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags >= 0) ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

}  // namespace

Result<Consoles> Consoles::open(const vfkit::Options& options) {
  Consoles consoles;
  for (const vfkit::Device& device : options.devices) {
    const auto* serial = std::get_if<vfkit::Serial>(&device);
    if (serial == nullptr) continue;
    Result<void> opened;
    if (serial->kind == vfkit::SerialKind::Pty) {
      auto pty = makePty();
      if (!pty) return std::move(pty).error();
      consoles.ptys_.push_back(*std::move(pty));
    } else if (serial->kind == vfkit::SerialKind::Stdio) {
      opened = prepareStdin();
      consoles.usesStdio_ = true;
    } else {
      opened = truncateLog(serial->logFile);
    }
    if (!opened) return std::move(opened).error();
  }
  return consoles;
}

std::vector<std::string> Consoles::ptyNames() const {
  std::vector<std::string> names;
  for (const PtyPair& pty : ptys_)
    names.push_back(pty.path);
  return names;
}

std::vector<int> Consoles::ptyControllers() const {
  std::vector<int> fds;
  for (const PtyPair& pty : ptys_)
    fds.push_back(pty.controller.get());
  return fds;
}

void Consoles::settle() const {
  for (const PtyPair& pty : ptys_) {
    makeBlocking(pty.controller.get());
    // QEMU sets line settings of its own, which turn line feeds of the input into CR LF.
    (void)makeRaw(pty.terminal.get()).has_value();
  }
  if (usesStdio_) makeBlocking(STDOUT_FILENO);
}

bool Consoles::haveUnread() const {
  // On Linux a worker carries over what is written. Poll waits for it, FIONREAD does not.
  std::vector<pollfd> terminals;
  for (const PtyPair& pty : ptys_)
    terminals.push_back({pty.terminal.get(), POLLIN, 0});
  return ::poll(terminals.data(), static_cast<nfds_t>(terminals.size()), 0) > 0;
}

}  // namespace microvm::vfkit_qemu
