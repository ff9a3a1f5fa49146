#include "daemon/probing/net/net_probes.hpp"

#include <functional>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>

#include "daemon/async/task_group.hpp"
#include "tests/support/coroutines/run_task.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::test;

namespace {

constexpr Milliseconds kLong{20'000};
constexpr Milliseconds kShort{50};

template <class Protocol>
net::awaitable<void> answer(typename Protocol::acceptor& acceptor, std::string text, bool stays) {
  auto [ec, socket] = co_await acceptor.async_accept(kToken);
  if (ec) co_return;
  const auto from = net::buffer(text);
  auto [failed, n] = co_await net::async_write(socket, from, kToken);
  while (stays && !failed) {
    char byte = 0;
    auto [ended, count] = co_await socket.async_read_some(net::buffer(&byte, 1), kToken);
    if (ended) break;
  }
}

/// Somebody who listens on a port of its own and gives everybody the same answer.
struct Peer {
  Peer(std::string text, bool stays)
      : acceptor(context, net::ip::tcp::endpoint(net::ip::address_v4::loopback(), 0)), tasks(context.get_executor()) {
    address = "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
    tasks.spawn("peer", answer<net::ip::tcp>(acceptor, std::move(text), stays));
  }
  net::io_context context{1};
  net::ip::tcp::acceptor acceptor;
  TaskGroup tasks;
  std::string address;
};

/// The same on a Unix socket, as a runner has for a vsock port.
struct Port {
  Port(std::string text, bool stays)
      : path(folder.path() + "/vsock-22.sock"),
        acceptor(context, net::local::stream_protocol::endpoint(path)),
        tasks(context.get_executor()) {
    tasks.spawn("port", answer<net::local::stream_protocol>(acceptor, std::move(text), stays));
  }
  TempDir folder;
  std::string path;
  net::io_context context{1};
  net::local::stream_protocol::acceptor acceptor;
  TaskGroup tasks;
};

Result<std::string> ask(const std::string& answerText) {
  Peer peer(answerText, true);
  const auto probes = makeNetProbes();
  return runTask(peer.context, probes->http("http://" + peer.address + "/healthz", kLong));
}

}  // namespace

TEST_CASE("a port that accepts is there, one that refuses is not") {
  Peer peer("", true);
  const auto probes = makeNetProbes();
  const auto seen = runTask(peer.context, probes->tcp(peer.address, kLong));
  CHECK(seen.value_or("") == "it accepts connections");

  peer.acceptor.close();
  const auto refused = runTask(peer.context, probes->tcp(peer.address, kLong));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::Unreachable);
  CHECK(refused.error().detail.starts_with("cannot connect: "));
}

TEST_CASE("an answer of 2xx or 3xx counts, without its body") {
  CHECK(ask("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nx").value_or("") == "it answers with status 200");
  CHECK(ask("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n").value_or("") == "it answers with status 302");
  const auto failing = ask("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
  REQUIRE_FALSE(failing);
  CHECK(failing.error().detail == "it answers with status 503");
}

TEST_CASE("what is no HTTP, or never ends, is told") {
  CHECK(ask("SSH-2.0-OpenSSH_9.2\r\n\r\n").error().detail.starts_with("the answer is no HTTP: "));
  CHECK_FALSE(ask("HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'x')));
  Peer peer("", false);
  const auto probes = makeNetProbes();
  const auto cut = runTask(peer.context, probes->http("http://" + peer.address, kLong));
  REQUIRE_FALSE(cut);
  CHECK((cut.error().code == Errc::Protocol || cut.error().code == Errc::Unreachable));
}

TEST_CASE("a server that says nothing is given up at the limit") {
  Peer peer("", true);
  const auto probes = makeNetProbes();
  const auto silent = runTask(peer.context, probes->http("http://" + peer.address, kShort));
  REQUIRE_FALSE(silent);
  CHECK(silent.error().code == Errc::Timeout);
  CHECK(silent.error().detail == "no answer within 50ms");
}

TEST_CASE("a vsock port counts when its guest speaks or stays, not when it is closed at once") {
  const auto probes = makeNetProbes();
  Port speaking("SSH-2.0", true);
  CHECK(runTask(speaking.context, probes->vsock(speaking.path, kLong)).value_or("") == "it answers");
  Port silent("", true);
  CHECK(runTask(silent.context, probes->vsock(silent.path, kShort)).value_or("") == "the connection stays open");
  Port closing("", false);
  const auto closed = runTask(closing.context, probes->vsock(closing.path, kLong));
  REQUIRE_FALSE(closed);
  CHECK(closed.error().detail == "nobody listens on the port in the guest");
  CHECK_FALSE(runTask(closing.context, probes->vsock(closing.path + ".not", kLong)));
}

TEST_CASE("a look ends with its coroutine") {
  Peer peer("", true);
  const auto probes = makeNetProbes();
  std::optional<Errc> code;
  const auto look = [](Probes& used, std::string address, std::optional<Errc>& out) -> net::awaitable<void> {
    std::string url = "http://" + address;
    auto seen = co_await used.http(std::move(url), kLong);
    if (!seen) out = seen.error().code;
  };
  TaskGroup group(peer.context.get_executor());
  group.spawn("look", look(*probes, peer.address, code));
  peer.context.run_for(kShort);
  group.cancel();
  runUntil(peer.context, [&] { return code.has_value(); });
  CHECK(code == Errc::Cancelled);
}
