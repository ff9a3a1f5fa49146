// An interface whose frames go over a Unix datagram socket to this test.
#include <array>
#include <cstring>
#include <filesystem>
#include <sys/socket.h>
#include <sys/un.h>

#include <doctest/doctest.h>

#include "tests/support/api.hpp"
#include "tests/support/direct_guest/direct_guest.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/waiting.hpp"

using namespace microvm;
using namespace microvm::test;

namespace {

/// Plays the network helper.
class Helper {
public:
  explicit Helper(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }

  std::string receive() {
    if (!waitReadable(fd_.get(), kPatience)) throw std::runtime_error("no frame came");
    std::array<char, 65536> buffer{};
    socklen_t size = sizeof guest_;
    const ssize_t count =
        ::recvfrom(fd_.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&guest_), &size);
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }
  void send(const std::string& frame) {
    REQUIRE(::sendto(fd_.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&guest_),
                     sizeof guest_) == static_cast<ssize_t>(frame.size()));
  }
  [[nodiscard]] std::string guestSocket() const { return guest_.sun_path; }

private:
  UniqueFd fd_;
  sockaddr_un guest_{};
};

const std::string kGuestMac("\x02\x00\x00\x00\x00\x77", 6);
const std::string kOurMac("\x02\x00\x00\x00\x00\x01", 6);

bool asksForUs(const std::string& frame) {
  return frame.size() >= 42 && frame.substr(12, 2) == "\x08\x06" &&
         frame.substr(38, 4) == std::string("\xc0\x00\x02\x01", 4);
}

/// The answer to its question who has 192.0.2.1.
std::string answerTo(const std::string& question) {
  std::string answer = kGuestMac + kOurMac + question.substr(12, 8) + std::string("\0\2", 2) + kOurMac;
  answer += question.substr(38, 4) + question.substr(22, 10);
  return answer + std::string(60 - answer.size(), '\0');
}

}  // namespace

TEST_CASE("a guest and a network helper exchange frames over a socket") {
  const TempDir folder;
  Helper helper(folder / "net.sock");
  DirectGuest guest({"virtio-net,unixSocketPath=" + folder / "net.sock,mac=02:00:00:00:00:77"});
  CHECK(helper.receive() == "VFKT");
  CHECK(std::filesystem::exists(helper.guestSocket()));
  // Once it is connected vfkit shows no path any more.
  CHECK(Api(guest.socket(), Contract::Runner).get("/vm/inspect").json().at("devices").at(0) ==
        Json{{"kind", "virtionet"},
             {"nat", false},
             {"socket", Json::object()},
             {"vfkitMagic", true},
             {"macAddress", "02:00:00:00:00:77"}});

  // In the background, so that the prompt comes back while we answer.
  guest.run("ifconfig eth0 192.0.2.2 up; arping -I eth0 -c 20 -f 192.0.2.1 >/tmp/arping 2>&1 & true");
  std::string frame;
  while (!asksForUs(frame))
    frame = helper.receive();
  CHECK(frame.substr(6, 6) == kGuestMac);
  helper.send(answerTo(frame));

  CHECK(guest.run("wait; cat /tmp/arping").find("02:00:00:00:00:01") != std::string::npos);
  CHECK(guest.stop().code == 0);
  CHECK_FALSE(std::filesystem::exists(helper.guestSocket()));
}
