#include "daemon/vfkit_qemu/devices/network_sockets.hpp"

#include <array>
#include <cstring>
#include <filesystem>
#include <regex>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;

namespace {

/// A network helper's end: a datagram socket with a name.
class Peer {
public:
  explicit Peer(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }

  /// The next datagram, "" when there is none, and who sent it.
  std::string receive() {
    std::array<char, 100> buffer{};
    socklen_t size = sizeof from_;
    const ssize_t count =
        ::recvfrom(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from_), &size);
    return count < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(count));
  }
  void reply(const std::string& text) {
    CHECK(::sendto(fd_.get(), text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&from_), sizeof from_) ==
          static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] std::string sender() const { return from_.sun_path; }

private:
  UniqueFd fd_;
  sockaddr_un from_{};
};

vfkit::Net over(vfkit::NetKind kind) {
  vfkit::Net made;
  made.kind = kind;
  return made;
}

}  // namespace

TEST_CASE("a peer is greeted with the magic and can answer to the socket beside its own") {
  const test::TempDir folder;
  Peer peer(folder / "peer.sock");
  std::string own;
  {
    const auto socket = PeerSocket::connect(folder / "peer.sock", true);

    REQUIRE_MESSAGE(socket, socket.error().detail);
    CHECK(peer.receive() == "VFKT");
    own = peer.sender();
    CHECK(own == socket->path());
    CHECK(std::regex_match(own, std::regex(folder.path() + "/vfkit-[0-9a-f]+-[0-9a-f]{4}\\.sock")));
    peer.reply("frame");
    std::array<char, 100> buffer{};
    CHECK(::recv(socket->fd(), buffer.data(), buffer.size(), 0) == 5);
  }
  CHECK_FALSE(std::filesystem::exists(own));
}

TEST_CASE("a peer that wants no magic gets frames alone") {
  const test::TempDir folder;
  Peer peer(folder / "peer.sock");
  const auto socket = PeerSocket::connect(folder / "peer.sock", false);
  REQUIRE(socket);

  REQUIRE(::send(socket->fd(), "frame", 5, 0) == 5);

  CHECK(peer.receive() == "frame");
}

TEST_CASE("a peer that is not there is named, and nothing is left") {
  const test::TempDir folder;
  const auto socket = PeerSocket::connect(folder / "none.sock", true);

  REQUIRE_FALSE(socket);
  CHECK(socket.error().detail ==
        "cannot connect to the network socket " + folder / "none.sock" + ": no such file or directory");
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK(PeerSocket::connect("/" + std::string(110, 'x'), true).error().detail.find("has 111 bytes") !=
        std::string::npos);
}

TEST_CASE("sockets stand in the order of their interfaces") {
  const test::TempDir folder;
  const Peer peer(folder / "peer.sock");
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd one(ends[0]);
  const UniqueFd other(ends[1]);
  auto descriptor = over(vfkit::NetKind::Descriptor);
  descriptor.descriptor = one.get();
  auto named = over(vfkit::NetKind::UnixSocket);
  named.socketPath = folder / "peer.sock";

  const auto sockets = NetworkSockets::open({named, over(vfkit::NetKind::Nat), vfkit::Rng{}, descriptor});

  REQUIRE_MESSAGE(sockets, sockets.error().detail);
  REQUIRE(sockets->descriptors().size() == 2);
  CHECK(sockets->descriptors()[1] == one.get());
}

TEST_CASE("an fd that carries no frames is refused") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd one(ends[0]);
  const UniqueFd other(ends[1]);
  auto device = over(vfkit::NetKind::Descriptor);
  device.descriptor = one.get();
  CHECK(NetworkSockets::open({device}).error().detail ==
        "virtio-net cannot use fd=" + std::to_string(one.get()) + ": it is not a connected datagram socket");
  device.descriptor = 12345;

  CHECK(NetworkSockets::open({device}).error().detail == "virtio-net cannot use fd=12345: bad file descriptor");
}
