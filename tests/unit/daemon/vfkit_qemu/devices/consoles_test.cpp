#include "daemon/vfkit_qemu/devices/consoles.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/support/temp_dir.hpp"
#include "tests/support/waiting.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;

namespace {

vfkit::Serial pty() {
  return {};
}

vfkit::Serial stdio() {
  vfkit::Serial made;
  made.kind = vfkit::SerialKind::Stdio;
  return made;
}

vfkit::Serial logFile(const std::string& path) {
  vfkit::Serial made;
  made.kind = vfkit::SerialKind::LogFile;
  made.logFile = path;
  return made;
}

Result<Consoles> open(std::vector<vfkit::Device> devices) {
  vfkit::Options options;
  options.devices = std::move(devices);
  return Consoles::open(options);
}

/// Our standard input is something else while this lives.
class Stdin {
public:
  explicit Stdin(int fd) : saved_(::dup(STDIN_FILENO)) { ::dup2(fd, STDIN_FILENO); }
  ~Stdin() { ::dup2(saved_.get(), STDIN_FILENO); }
  Stdin(const Stdin&) = delete;
  Stdin& operator=(const Stdin&) = delete;

private:
  UniqueFd saved_;
};

bool blocks(int fd) {
  return (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
}

}  // namespace

TEST_CASE("each pty has a name and a controlling side, in the order of the devices") {
  const auto consoles = open({vfkit::Rng{}, pty(), vfkit::Rng{}, pty()});

  REQUIRE(consoles);
  CHECK_FALSE(consoles->usesStdio());
  REQUIRE(consoles->ptyNames().size() == 2);
  REQUIRE(consoles->ptyControllers().size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto terminal = openTerminal(consoles->ptyNames()[i]);
    REQUIRE(terminal);
    REQUIRE(::write(consoles->ptyControllers()[i], "x\n", 2) == 2);
    REQUIRE(test::waitReadable(terminal->get(), test::kPatience));
    char got[4] = {};
    CHECK(::read(terminal->get(), got, sizeof got) == 2);
  }
}

TEST_CASE("what a guest wrote is unread until somebody has read it all") {
  const auto consoles = open({logFile("/dev/null"), pty(), pty()});
  REQUIRE(consoles);
  consoles->settle();
  const auto terminal = openTerminal(consoles->ptyNames()[1]);
  REQUIRE(terminal);
  CHECK_FALSE(consoles->haveUnread());

  REQUIRE(::write(consoles->ptyControllers()[1], "bye", 3) == 3);
  CHECK(consoles->haveUnread());

  char got[8] = {};
  REQUIRE(::read(terminal->get(), got, 2) == 2);
  CHECK(consoles->haveUnread());
  REQUIRE(::read(terminal->get(), got, sizeof got) == 1);
  CHECK_FALSE(consoles->haveUnread());
}

TEST_CASE("a pty that QEMU has spoilt is blocking and raw again") {
  const auto consoles = open({pty()});
  REQUIRE(consoles);
  const int controller = consoles->ptyControllers()[0];
  REQUIRE(::fcntl(controller, F_SETFL, ::fcntl(controller, F_GETFL) | O_NONBLOCK) == 0);
  termios cooked{};
  REQUIRE(::tcgetattr(controller, &cooked) == 0);
  cooked.c_oflag |= OPOST | ONLCR;
  REQUIRE(::tcsetattr(controller, TCSANOW, &cooked) == 0);

  consoles->settle();

  CHECK(blocks(controller));
  termios after{};
  REQUIRE(::tcgetattr(controller, &after) == 0);
  CHECK((after.c_oflag & OPOST) == 0);
}

TEST_CASE("a console log starts empty") {
  const test::TempDir folder;
  const auto path = folder.write("log", "of the last boot");

  REQUIRE(open({logFile(path)}));

  CHECK(test::readText(path).empty());
}

TEST_CASE("a console log that cannot be written is named") {
  const auto consoles = open({logFile("/nonexistent/log")});

  REQUIRE_FALSE(consoles);
  CHECK(consoles.error().detail == "cannot write the console log /nonexistent/log: no such file or directory");
}

TEST_CASE("the console on standard input needs a terminal there") {
  const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Stdin notATerminal(null.get());

  const auto consoles = open({stdio()});

  REQUIRE_FALSE(consoles);
  CHECK(consoles.error().detail ==
        "virtio-serial,stdio needs a terminal as standard input: inappropriate ioctl for device");
}

TEST_CASE("a terminal on standard input neither echoes nor waits for lines, but keeps its signals") {
  auto pair = makePty();
  REQUIRE(pair);
  termios cooked{};
  REQUIRE(::tcgetattr(pair->terminal.get(), &cooked) == 0);
  cooked.c_lflag |= ICANON | ECHO | ISIG;
  cooked.c_iflag |= ICRNL;
  REQUIRE(::tcsetattr(pair->terminal.get(), TCSANOW, &cooked) == 0);
  const Stdin terminal(pair->terminal.get());

  const auto consoles = open({stdio()});

  REQUIRE(consoles);
  CHECK(consoles->usesStdio());
  termios after{};
  REQUIRE(::tcgetattr(pair->terminal.get(), &after) == 0);
  CHECK((after.c_lflag & (ICANON | ECHO | ISIG)) == ISIG);
  CHECK((after.c_iflag & ICRNL) == 0);
}
