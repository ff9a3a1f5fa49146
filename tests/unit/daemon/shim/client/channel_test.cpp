#include "daemon/shim/client/channel.hpp"

#include <poll.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/process/unix_socket.hpp"
#include "tests/unit/daemon/shim/client/harness.hpp"

using namespace microvm;
using namespace microvm::shim;

namespace {

/// A listener whose only client is answered with these bytes.
Result<std::unique_ptr<Channel>> openAgainst(Harness& harness, const std::string& answer) {
  const auto path = harness.folder.path() + "/s";
  auto listener = listenUnix(path);
  REQUIRE(listener);
  auto serve = [](int fd, std::string bytes) -> net::awaitable<void> {
    auto readable = co_await waitReadable(fd);
    auto client = acceptUnix(fd);
    if (readable && client) (void)!::write(client->get(), bytes.data(), bytes.size());
  };
  net::co_spawn(harness.context, serve(listener->get(), answer), [](const std::exception_ptr&) {});
  return harness.run(Channel::open(path));
}

std::string version(std::uint16_t number) {
  std::string out;
  putU16(out, number);
  return out;
}

}  // namespace

TEST_CASE("garbage from the socket is a broken protocol") {
  Harness harness;
  CHECK(openAgainst(harness, std::string(64, '\xff')).error().code == Errc::Protocol);
}

TEST_CASE("an answer of the wrong kind is a broken protocol") {
  Harness harness;
  CHECK(openAgainst(harness, encodeFrame(FrameType::Done)).error().code == Errc::Protocol);
}

TEST_CASE("a version that was not offered is a broken protocol") {
  Harness harness;
  CHECK(openAgainst(harness, encodeFrame(FrameType::HelloAnswer, version(99))).error().code == Errc::Protocol);
}

TEST_CASE("an error frame in place of the greeting is that error") {
  Harness harness;
  const auto opened = openAgainst(harness, encodeFrame(FrameType::Error, "protocol no common version"));
  CHECK(opened.error() == Error{Errc::Protocol, "no common version", {}, {}});
}

TEST_CASE("a connection that closes at once is unreachable") {
  Harness harness;
  CHECK(openAgainst(harness, "").error().code == Errc::Unreachable);
}

TEST_CASE("the shim refuses strange clients and goes on") {
  Harness harness;
  REQUIRE(harness.launch({"forever"}));
  for (const auto& bytes : {std::string(64, '\xff'), encodeFrame(FrameType::Status), encodeFrame(FrameType::Hello, "x"),
                            encodeFrame(FrameType::Hello, version(7) + version(9))}) {
    const auto client = connectUnix(harness.paths.shimSocket(), Milliseconds(1000));
    REQUIRE(client);
    REQUIRE(::write(client->get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    std::string answer;
    char buffer[1024];
    pollfd wait{client->get(), POLLIN, 0};
    while (::poll(&wait, 1, 10'000) == 1) {
      const auto got = ::read(client->get(), buffer, sizeof buffer);
      if (got <= 0) break;
      answer.append(buffer, static_cast<std::size_t>(got));
    }
    FrameReader reader;
    reader.append(answer);
    const auto frame = reader.next();
    REQUIRE(frame);
    REQUIRE(frame->has_value());
    CHECK((*frame)->type == FrameType::Error);
  }

  CHECK(harness.run(harness.shims->status(harness.paths)));
}

TEST_CASE("a deadline ends a read that nobody answers") {
  Harness harness;
  REQUIRE(harness.launch({"forever"}));
  auto channel = harness.run(Channel::open(harness.paths.shimSocket()));
  REQUIRE(channel);

  (*channel)->setDeadline(Milliseconds(10));
  const auto frame = harness.run((*channel)->read());

  REQUIRE_FALSE(frame);
  CHECK(frame.error().code == Errc::Timeout);
}
