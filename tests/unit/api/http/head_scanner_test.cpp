#include "api/http/head_scanner.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::http;

TEST_CASE("the head ends behind the empty line, whatever follows") {
  HeadScanner scanner(100, 9, true);

  auto taken = scanner.take("GET / HTTP/1.1\r\nA: b\r\n\r\nbody");

  REQUIRE(taken);
  CHECK(*taken == 24);
  CHECK(scanner.isDone());
}

TEST_CASE("a head of exactly the cap is taken, one byte more is not") {
  const std::string_view head = "GET / HTTP/1.1\r\n\r\n";

  CHECK(HeadScanner(head.size(), 9, true).take(head));
  CHECK(HeadScanner(head.size() - 1, 9, true).take(head).error().code == Errc::TooLarge);
}

TEST_CASE("the outcome is the same however the bytes are cut") {
  const std::string_view head = "GET /a/long/path HTTP/1.1\r\nHost: localhost\r\nA:\tb\r\n\r\nbody";

  for (std::size_t cut = 0; cut <= head.size(); ++cut) {
    CAPTURE(cut);
    HeadScanner scanner(100, 9, true);
    const auto first = scanner.take(head.substr(0, cut));
    REQUIRE(first);
    const auto rest = scanner.take(head.substr(*first));
    REQUIRE(rest);
    CHECK(*first + *rest == head.size() - 4);
    CHECK(scanner.isDone());
  }
}

TEST_CASE("a bad byte is refused at once, not at the end of the head") {
  for (std::string_view bad : {"\n", "a\r\r", " ", "GET /\t", "GET / HTTP/1.1\r\nA: b\r\n\tc", "a\x01", "short\r\n"}) {
    CAPTURE(bad);
    auto taken = HeadScanner(100, 9, true).take(bad);
    REQUIRE_FALSE(taken);
    CHECK(taken.error().code == Errc::Malformed);
  }
}

TEST_CASE("a tab may stand in a value, and a response may start as it likes") {
  CHECK(HeadScanner(100, 9, true).take("GET / HTTP/1.1\r\nA:\tb\r\n\r\n"));
  CHECK(HeadScanner(100, 9, false).take("HTTP/1.1 200 OK\r\n\r\n"));
}

TEST_CASE("a head of another version is told apart from one that is none") {
  HeadScanner old(100, 9, true);
  HeadScanner next(100, 9, true);
  HeadScanner none(100, 9, true);

  CHECK_FALSE(old.take("GET / HTTP/0.9\r\n"));
  CHECK_FALSE(next.take("PRI * HTTP/2.0\r\n"));
  CHECK_FALSE(none.take("GET / HTCPCP/1.0\r\n"));

  CHECK(old.fault() == HeadFault::Version);
  CHECK(next.fault() == HeadFault::Version);
  CHECK(none.fault() == HeadFault::Malformed);
}

TEST_CASE("more fields than the cap are too many, however short") {
  HeadScanner two(100, 2, true);
  HeadScanner three(100, 2, true);

  CHECK(two.take("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\n\r\n"));
  CHECK(three.take("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n").error().code == Errc::TooLarge);
  CHECK(three.fault() == HeadFault::TooLarge);
}

TEST_CASE("empty lines before a request are passed over, whole ones only, and no further than the cap") {
  HeadScanner scanner(100, 9, true);
  CHECK(scanner.take("\r\n\r\n").value_or(0U) == 4);
  CHECK_FALSE(scanner.hasStarted());
  CHECK(scanner.take("GET / HTTP/1.1\r\n\r\n").value_or(0U) == 18);
  CHECK(scanner.hasStarted());
  CHECK(scanner.isDone());

  CHECK_FALSE(HeadScanner(100, 9, true).take("\r\n\n"));
  CHECK(HeadScanner(3, 9, true).take("\r\n\r\n").error().code == Errc::TooLarge);
}
