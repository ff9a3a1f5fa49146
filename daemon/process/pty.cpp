#include "daemon/process/pty.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "daemon/process/descriptor.hpp"

namespace microvm {

Result<void> makeRaw(int fd) {
  termios settings{};
  if (::tcgetattr(fd, &settings) != 0) return systemError("cannot read the settings of a terminal", errno);
  ::cfmakeraw(&settings);
  if (::tcsetattr(fd, TCSANOW, &settings) != 0) return systemError("cannot change the settings of a terminal", errno);
  return {};
}

Result<UniqueFd> openTerminal(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return systemError("cannot open the terminal " + path, errno);
  if (::isatty(fd.get()) == 0) return Error{Errc::Invalid, path + " is not a terminal", {}, {}};
  if (auto raw = makeRaw(fd.get()); !raw) return std::move(raw).error();
  return fd;
}

Result<PtyPair> makePty() {
  PtyPair pair;
  pair.controller.reset(::posix_openpt(O_RDWR | O_NOCTTY));
  if (!pair.controller) return systemError("cannot make a terminal", errno);
  if (auto set = setCloseOnExec(pair.controller.get()); !set) return std::move(set).error();
  char name[128];
  if (::grantpt(pair.controller.get()) != 0 || ::unlockpt(pair.controller.get()) != 0 ||
      ::ptsname_r(pair.controller.get(), name, sizeof name) != 0) {
    return systemError("cannot make a terminal", errno);
  }
  pair.path = name;
  pair.terminal.reset(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!pair.terminal) return systemError("cannot open the terminal " + pair.path, errno);
  if (auto raw = makeRaw(pair.terminal.get()); !raw) return std::move(raw).error();
  return pair;
}

}  // namespace microvm
