#include "daemon/http/peer.hpp"

#include <sys/socket.h>

#include <doctest/doctest.h>

#include "api/core/unique_fd.hpp"

using namespace microvm;

TEST_CASE("the daemon's own user is let in") {
  int pair[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  UniqueFd first(pair[0]);
  UniqueFd second(pair[1]);

  CHECK(http::checkPeer(first.get()));
}

TEST_CASE("what is no socket is refused") {
  CHECK_FALSE(http::checkPeer(-1));
}
