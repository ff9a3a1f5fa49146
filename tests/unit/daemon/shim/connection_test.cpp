#include "daemon/shim/connection.hpp"

#include <memory>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/process/descriptor.hpp"

using namespace microvm;
using namespace microvm::shim;

namespace {

/// A connection and the other end of its socket.
struct Pair {
  Pair() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    peer = UniqueFd(ends[1]);
    REQUIRE(setNonBlocking(ends[0]));
    REQUIRE(setNonBlocking(ends[1]));
    connection = std::make_unique<Connection>(UniqueFd(ends[0]));
  }
  void say(const std::string& bytes) const {
    REQUIRE(::write(peer.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  std::string heard() const {
    std::string out;
    char buffer[4096];
    ssize_t got = 0;
    while ((got = ::read(peer.get(), buffer, sizeof buffer)) > 0)
      out.append(buffer, static_cast<std::size_t>(got));
    return out;
  }
  void read() const {
    char scratch[4096];
    connection->read(scratch, sizeof scratch);
  }

  UniqueFd peer;
  std::unique_ptr<Connection> connection;
};

}  // namespace

TEST_CASE("requests are taken one by one") {
  const Pair pair;
  pair.say(encodeFrame(FrameType::Status) + encodeFrame(FrameType::Wait));
  pair.read();

  CHECK(pair.connection->nextRequest()->type == FrameType::Status);
  CHECK(pair.connection->nextRequest()->type == FrameType::Wait);
  CHECK_FALSE(pair.connection->nextRequest());
  CHECK(pair.connection->isOpen());
}

TEST_CASE("a client with input that nobody took is held back") {
  const Pair pair;
  pair.say(encodeFrame(FrameType::Status));
  pair.read();
  pair.connection->input = "x";

  CHECK_FALSE(pair.connection->nextRequest());
  pair.connection->input.clear();

  CHECK(pair.connection->nextRequest());
}

TEST_CASE("what the socket does not take is kept, written later, and holds the client back when it is much") {
  const Pair pair;
  const std::string big(kPayloadBytes, 'x');
  std::string expected;
  while (!pair.connection->isHeldBack()) {
    pair.connection->send(FrameType::Output, big);
    expected += encodeFrame(FrameType::Output, big);
  }

  std::string heard;
  while (pair.connection->hasOutput()) {
    heard += pair.heard();
    pair.connection->flush();
  }
  heard += pair.heard();

  CHECK(heard == expected);
  CHECK_FALSE(pair.connection->isHeldBack());
}

TEST_CASE("a broken frame is answered with an error and the end") {
  const Pair pair;
  pair.say(std::string(8, '\xff'));
  pair.read();

  CHECK_FALSE(pair.connection->nextRequest());

  CHECK_FALSE(pair.connection->isOpen());
  FrameReader reader;
  reader.append(pair.heard());
  CHECK((*reader.next())->type == FrameType::Error);
}

TEST_CASE("a peer that went away closes the connection") {
  Pair pair;
  pair.peer.reset();

  pair.read();

  CHECK_FALSE(pair.connection->isOpen());
}

TEST_CASE("a connection closes only once everything is written") {
  const Pair pair;
  const std::string big(kPayloadBytes, 'x');
  while (!pair.connection->hasOutput())
    pair.connection->send(FrameType::Output, big);

  pair.connection->closeWhenSent();
  CHECK(pair.connection->isOpen());
  while (pair.connection->isOpen()) {
    (void)pair.heard();
    pair.connection->flush();
  }

  CHECK_FALSE(pair.connection->isOpen());
}
