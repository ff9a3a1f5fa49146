#include "daemon/runner/vfkit/rest_address.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::vfkit;

TEST_CASE("a socket path is percent-decoded and ends at a question mark") {
  CHECK(parseRestAddress("unix:///r/a%20b%25.sock")->path == "/r/a b%.sock");
  CHECK(parseRestAddress("UNIX:///r/a?b")->path == "/r/a");
  CHECK(parseRestAddress("unix:///r/a#b, \"c\"")->path == "/r/a#b, \"c\"");
}

TEST_CASE("an address without its parts is refused by name") {
  CHECK(parseRestAddress("unix://").error().detail == "invalid unix uri: missing path");
  CHECK(parseRestAddress("unix://r/v.sock").error().detail == "invalid unix uri: host is forbidden");
  CHECK(parseRestAddress("tcp://").error().detail == "invalid TCP uri: missing host");
  CHECK(parseRestAddress("tcp://localhost").error().detail == "invalid TCP uri: missing port");
  CHECK(parseRestAddress("tcp://localhost:1/x").error().detail == "invalid TCP uri: path is forbidden");
  CHECK(parseRestAddress("ftp://localhost:1").error().detail == "invalid scheme ftp");
  CHECK(parseRestAddress("/r/v.sock").error().detail == "invalid scheme ");
  CHECK(parseRestAddress("").error().detail == "parse \"\": empty url");
  CHECK(parseRestAddress("unix:///a%zz").error().detail == "parse \"unix:///a%zz\": invalid URL escape \"%zz\"");
}

TEST_CASE("only the exact text none:// means none") {
  CHECK(parseRestAddress("none://")->kind == RestKind::None);
  CHECK(parseRestAddress("none:")->kind == RestKind::Nowhere);
  CHECK(parseRestAddress("none://x")->kind == RestKind::Nowhere);
}

TEST_CASE("a TCP address may leave the host empty") {
  const auto address = parseRestAddress("tcp://:8081");

  REQUIRE(address);
  CHECK(address->host.empty());
  CHECK(address->port == "8081");
  CHECK(parseRestAddress("tcp://[::1]:80")->host == "::1");
}

TEST_CASE("a socket path over 103 bytes is refused with its length") {
  CHECK(parseRestAddress("unix:///" + std::string(102, 'a')));
  const auto tooLong = parseRestAddress("unix:///" + std::string(103, 'a'));

  REQUIRE_FALSE(tooLong);
  CHECK(tooLong.error().detail.find("socket path length exceeds macOS limits") != std::string::npos);
}
