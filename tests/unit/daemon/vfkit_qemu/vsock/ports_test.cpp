#include "daemon/vfkit_qemu/vsock/ports.hpp"

#include <filesystem>
#include <optional>

#include <doctest/doctest.h>

#include "tests/support/coroutines/run_task.hpp"
#include "tests/unit/daemon/vfkit_qemu/vsock/socket_vsock.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;

namespace {

const Log kQuiet(vfkit::Verbosity::Error);

UniqueFd connected(const std::string& path) {
  return test::must(connectUnix(path, Milliseconds(1000)));
}

void say(const UniqueFd& socket, const std::string& text) {
  REQUIRE(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
}

/// The ports of one guest and what runs in them.
class Guest {
public:
  void open(std::vector<vfkit::Device> devices) { ports.emplace(context.get_executor(), devices, vsock, kQuiet); }
  UniqueFd accept(const UniqueFd& listener) {
    std::optional<UniqueFd> accepted;
    test::runUntil(context, [&] {
      auto one = acceptUnix(listener.get());
      if (one) accepted = *std::move(one);
      return accepted.has_value();
    });
    return *std::move(accepted);
  }
  void expect(const UniqueFd& socket, const std::string& text) {
    Heard heard;
    test::runUntil(context, [&] {
      hear(socket.get(), heard);
      return heard.text == text || heard.isOver;
    });
    CHECK(heard.text == text);
  }
  void expectEnd(const UniqueFd& socket) {
    Heard heard;
    test::runUntil(context, [&] {
      hear(socket.get(), heard);
      return heard.isOver;
    });
  }

  net::io_context context{1};
  SocketVsock vsock;
  std::optional<VsockPorts> ports;
};

}  // namespace

TEST_CASE("with listen the guest's connections reach whoever listens at the socket") {
  Guest guest;
  const auto host = test::must(listenUnix(guest.vsock.folder / "host.sock"));
  guest.open({vfkit::Vsock{1025, guest.vsock.folder / "host.sock", true}});

  const auto inside = connected(guest.vsock.hostPort(1025));
  const auto outside = guest.accept(host);
  say(inside, "from the guest");
  guest.expect(outside, "from the guest");
  say(outside, "from the host");
  guest.expect(inside, "from the host");
}

TEST_CASE("with connect whoever connects to the socket reaches the guest's port") {
  Guest guest;
  const auto inside = test::must(listenUnix(guest.vsock.guestPort(22)));
  const auto path = guest.vsock.folder / "ssh.sock";
  guest.open({vfkit::Vsock{22, path, false}});

  const auto client = connected(path);
  const auto server = guest.accept(inside);
  say(client, "hello");
  guest.expect(server, "hello");
  ::shutdown(client.get(), SHUT_WR);
  guest.expectEnd(server);
  say(server, "goodbye");
  guest.expect(client, "goodbye");
  guest.ports.reset();

  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("much goes through in one piece") {
  Guest guest;
  const auto inside = test::must(listenUnix(guest.vsock.guestPort(1)));
  guest.open({vfkit::Vsock{1, guest.vsock.folder / "s", false}});
  const auto client = connected(guest.vsock.folder / "s");
  const auto server = guest.accept(inside);
  std::string sent;
  for (int i = 0; i < 40000; ++i)
    sent += std::to_string(i);

  std::size_t at = 0;
  Heard heard;
  test::runUntil(guest.context, [&] {
    const ssize_t count = ::send(client.get(), sent.data() + at, sent.size() - at, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) at += static_cast<std::size_t>(count);
    hear(server.get(), heard);
    return heard.text.size() == sent.size();
  });

  CHECK(heard.text == sent);
}

TEST_CASE("a guest that does not listen hangs up on who connects") {
  Guest guest;
  guest.open({vfkit::Vsock{22, guest.vsock.folder / "ssh.sock", false}});

  guest.expectEnd(connected(guest.vsock.folder / "ssh.sock"));
}

TEST_CASE("a host where nobody listens hangs up on the guest, and so does a connection of another guest") {
  Guest guest;
  guest.open({vfkit::Vsock{1, guest.vsock.folder / "nobody", true}});
  guest.expectEnd(connected(guest.vsock.hostPort(1)));
  const auto host = test::must(listenUnix(guest.vsock.folder / "nobody"));
  guest.vsock.isFromElsewhere = true;

  guest.expectEnd(connected(guest.vsock.hostPort(1)));

  CHECK_FALSE(acceptUnix(host.get()));
}

TEST_CASE("a port that cannot be had keeps no other from being served") {
  Guest guest;
  const auto stale = guest.vsock.folder.write("stale", "");
  guest.open({vfkit::Vsock{1, stale, false}, vfkit::Vsock{2, "relative", false}, vfkit::Vsock{3, "", false},
              vfkit::Vsock{4, guest.vsock.folder / "good", false}});

  CHECK(connectUnix(guest.vsock.folder / "good", Milliseconds(1000)));
  guest.ports.reset();
  CHECK(std::filesystem::exists(stale));
}

TEST_CASE("connections end with the ports") {
  Guest guest;
  const auto inside = test::must(listenUnix(guest.vsock.guestPort(1)));
  guest.open({vfkit::Vsock{1, guest.vsock.folder / "s", false}});
  const auto client = connected(guest.vsock.folder / "s");
  const auto server = guest.accept(inside);

  guest.ports.reset();

  guest.expectEnd(client);
  guest.expectEnd(server);
}

TEST_CASE("a socket's path is read as vfkit reads it") {
  const auto made = [](const std::string& url) { return vsockSocketPath({1, url, false}).value(); };
  const auto dialled = [](const std::string& url) { return vsockSocketPath({1, url, true}).value(); };

  CHECK(made("/r/a.sock") == "/r/a.sock");
  CHECK(made("/r/a b\xc3\xa9") == "/r/a%20b%C3%A9");
  CHECK(made("/r/a%20b") == "/r/a%20b");
  CHECK(dialled("/r/a%20b c") == "/r/a b c");
  CHECK(dialled("/r/a?b#c") == "/r/a");
  CHECK_FALSE(vsockSocketPath({1, "r/a", true}));
  CHECK_FALSE(vsockSocketPath({1, "/r/%zz", true}));
}
