#include "daemon/http/socket.hpp"

#include <fcntl.h>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/async/task_group.hpp"

using namespace microvm;
using namespace microvm::http;

namespace {

struct Pair {
  Pair() {
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    ::fcntl(fds[0], F_SETFL, O_NONBLOCK);
    socket.emplace(io.get_executor(), UniqueFd(fds[0]));
    peer = UniqueFd(fds[1]);
  }
  void run(net::awaitable<void> work) {
    group.spawn("test", std::move(work));
    io.run();
  }
  net::io_context io{1};
  TaskGroup group{io.get_executor()};
  std::optional<Socket> socket;
  UniqueFd peer;
};

net::awaitable<void> readInto(Socket socket, Result<std::string>* out) {
  auto bytes = co_await socket.read();
  if (bytes) {
    *out = std::string(*bytes);
  } else {
    *out = std::move(bytes).error();
  }
}

net::awaitable<void> writeInto(Socket socket, std::size_t size, Result<void>* out) {
  std::string bytes(size, 'x');
  *out = co_await socket.write(std::move(bytes));
}

net::awaitable<void> waitInto(Socket socket, Result<void>* out) {
  *out = co_await socket.waitHangUp();
}

net::awaitable<void> endWait(Socket socket) {
  socket.endHangUpWait();
  co_return;
}

}  // namespace

TEST_CASE("a read gives what the peer sent, and nothing at its end") {
  Pair pair;
  Result<std::string> got;
  REQUIRE(::write(pair.peer.get(), "abc", 3) == 3);
  pair.run(readInto(*pair.socket, &got));
  CHECK(*got == "abc");

  ::shutdown(pair.peer.get(), SHUT_WR);
  pair.io.restart();
  pair.run(readInto(*pair.socket, &got));
  CHECK(got->empty());
}

TEST_CASE("a read and a write that take too long time out") {
  Pair pair;
  Result<std::string> read;
  Result<void> written;

  pair.socket->setDeadline(Milliseconds(10));
  pair.run(readInto(*pair.socket, &read));
  CHECK(read.error().code == Errc::Timeout);

  pair.io.restart();
  pair.socket->setDeadline(Milliseconds(10));
  pair.run(writeInto(*pair.socket, 10'000'000, &written));
  REQUIRE_FALSE(written);
  CHECK(written.error().code == Errc::Timeout);
}

TEST_CASE("a deadline that moved on or was taken back does not end a read") {
  Pair pair;
  Result<std::string> read;
  pair.socket->setDeadline(Milliseconds(1));
  pair.socket->setDeadline(Milliseconds(20));
  pair.run(readInto(*pair.socket, &read));
  CHECK(read.error().code == Errc::Timeout);

  pair.io.restart();
  pair.socket->setDeadline(Milliseconds(1));
  pair.socket->clearDeadline();
  REQUIRE(::write(pair.peer.get(), "abc", 3) == 3);
  pair.run(readInto(*pair.socket, &read));
  CHECK(*read == "abc");
}

TEST_CASE("a hang-up is told, before or during the wait; the end of sending is none") {
  Pair before;
  Result<void> told = Error{Errc::Internal, "", {}, {}};
  before.peer.reset();
  before.run(waitInto(*before.socket, &told));
  CHECK(told);

  Pair during;
  ::shutdown(during.peer.get(), SHUT_WR);
  told = Error{Errc::Internal, "", {}, {}};
  during.group.spawn("wait", waitInto(*during.socket, &told));
  during.io.poll();
  CHECK_FALSE(told);
  during.peer.reset();
  during.io.restart();
  during.io.run();
  CHECK(told);
}

TEST_CASE("a wait for a hang-up can be ended") {
  Pair pair;
  Result<void> told;

  pair.group.spawn("wait", waitInto(*pair.socket, &told));
  pair.run(endWait(*pair.socket));

  REQUIRE_FALSE(told);
  CHECK(told.error().code == Errc::Cancelled);
}

TEST_CASE("bytes to a peer that is gone are an error, not a signal") {
  Pair pair;
  Result<void> written;
  pair.peer.reset();

  pair.run(writeInto(*pair.socket, 10, &written));

  CHECK_FALSE(written);
}
