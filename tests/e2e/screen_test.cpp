// A guest with a screen on a host without one.
#include <algorithm>
#include <sys/socket.h>

#include <doctest/doctest.h>

#include "daemon/process/unix_socket.hpp"
#include "tests/support/api.hpp"
#include "tests/support/direct_guest/direct_guest.hpp"
#include "tests/support/waiting.hpp"

using namespace microvm;
using namespace microvm::test;

namespace {

std::string greetingAt(const std::string& path) {
  const auto socket = must(connectUnix(path, Milliseconds(1000)));
  if (!waitReadable(socket.get(), kPatience)) return "silence";
  char greeting[12];
  const ssize_t count = ::recv(socket.get(), greeting, sizeof greeting, 0);
  return {greeting, static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
}

}  // namespace

TEST_CASE("the screen of a guest is shown by VNC on a socket of its own, and has a keyboard") {
  DirectGuest guest({"virtio-gpu,width=640,height=480"}, {"--gui"});
  const auto socket = guest.socket().substr(0, guest.socket().rfind('/')) + "/vnc.sock";

  CHECK(greetingAt(socket).starts_with("RFB 003."));
  const auto devices = Api(guest.socket(), Contract::Runner).get("/vm/inspect").json().at("devices");
  CHECK(devices.at(0) == Json{{"kind", "virtiogpu"}, {"usesGUI", true}, {"width", 640}, {"height", 480}});
  CHECK(devices.back() == Json{{"kind", "virtioinput"}, {"inputType", "keyboard"}});
  CHECK(guest.run("modprobe virtio_input; cat /proc/bus/input/devices").find("Virtio Keyboard") != std::string::npos);

  CHECK(guest.stop().code == 0);
  CHECK_FALSE(connectUnix(socket, Milliseconds(10)));
}
