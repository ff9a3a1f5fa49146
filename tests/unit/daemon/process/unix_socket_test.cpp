#include "daemon/process/unix_socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/support/temp_dir.hpp"

using namespace microvm;

TEST_CASE("a listener is private and answers") {
  const test::TempDir folder;
  const auto path = folder.path() + "/s";
  auto listener = listenUnix(path);
  REQUIRE(listener);
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(acceptUnix(listener->get()).error().code == Errc::NotFound);

  auto client = connectUnix(path, Milliseconds(1000));
  auto server = acceptUnix(listener->get());

  REQUIRE(client);
  REQUIRE(server);
  CHECK(::write(client->get(), "hi", 2) == 2);
  char text[4];
  CHECK(::read(server->get(), text, sizeof text) == 2);
}

TEST_CASE("a path of 103 bytes is the longest for a socket") {
  const std::string longest = "/" + std::string(102, 'a');

  CHECK(checkSocketPath(longest));
  const auto over = checkSocketPath(longest + "a");

  REQUIRE_FALSE(over);
  CHECK(over.error().code == Errc::Invalid);
  CHECK(over.error().detail == "the path of a socket has 104 bytes and may have 103: " + longest + "a");
  CHECK_FALSE(checkSocketPath("relative"));
}

TEST_CASE("a file at the path is never replaced") {
  const test::TempDir folder;
  const auto path = folder.path() + "/s";
  auto first = listenUnix(path);
  REQUIRE(first);

  const auto second = listenUnix(path);

  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::InUse);
}

TEST_CASE("a socket that nobody listens on is unreachable") {
  const test::TempDir folder;
  const auto path = folder.path() + "/s";
  CHECK(connectUnix(path, Milliseconds(10)).error().code == Errc::Unreachable);
  { auto gone = listenUnix(path); }

  CHECK(connectUnix(path, Milliseconds(10)).error().code == Errc::Unreachable);
}

TEST_CASE("what goes into one socket of a pair comes out of the other, and no child gets them") {
  const auto pair = makeSocketPair();
  REQUIRE(pair);
  CHECK((::fcntl(pair->ours.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(pair->theirs.get(), F_GETFD) & FD_CLOEXEC) != 0);

  char byte = 0;
  REQUIRE(::write(pair->theirs.get(), "a", 1) == 1);
  CHECK(::read(pair->ours.get(), &byte, 1) == 1);
  CHECK(byte == 'a');
  REQUIRE(::write(pair->ours.get(), "b", 1) == 1);
  CHECK(::read(pair->theirs.get(), &byte, 1) == 1);
  CHECK(byte == 'b');
}
