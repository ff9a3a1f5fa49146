#include "api/http/codec.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::http;

namespace {

const std::string kPost =
    "POST /v1/vms?x=1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhello";

/// What becomes of a text that is fed in pieces of this size, each on its own.
Result<Request> readRequest(std::string_view bytes, std::size_t piece, Limits limits = {}) {
  RequestParser parser(limits);
  while (!bytes.empty()) {
    auto part = bytes.substr(0, piece);
    auto before = part.size();
    auto progress = parser.feed(part);
    if (!progress) return std::move(progress).error();
    bytes.remove_prefix(before - part.size());
    if (*progress == Progress::Done) return parser.take();
  }
  return Error{Errc::Protocol, "cut", {}, {}};
}

std::string chunked(std::string_view body) {
  return "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body);
}

Errc refusal(std::string_view bytes) {
  auto whole = readRequest(bytes, bytes.size());
  auto single = readRequest(bytes, 1);
  REQUIRE_FALSE(whole);
  REQUIRE_FALSE(single);
  CHECK(whole.error().code == single.error().code);
  return whole.error().code;
}

}  // namespace

TEST_CASE("a request reads the same in pieces of any size") {
  for (std::size_t piece = 1; piece <= kPost.size(); ++piece) {
    CAPTURE(piece);

    auto request = readRequest(kPost, piece);

    REQUIRE(request);
    CHECK(request->method == "POST");
    CHECK(request->target == "/v1/vms?x=1");
    CHECK(request->headers.find("content-TYPE") == "application/json");
    CHECK(request->body == "hello");
    CHECK(request->keepAlive);
  }
}

TEST_CASE("bytes of the next request are left where they are") {
  std::string bytes = "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n";
  std::string_view input = bytes;
  RequestParser first;
  RequestParser second;

  REQUIRE(*first.feed(input) == Progress::Done);
  CHECK(input == "GET /b HTTP/1.1\r\n\r\n");
  REQUIRE(*second.feed(input) == Progress::Done);

  CHECK(first.take().target == "/a");
  CHECK(second.take().target == "/b");
  CHECK(input.empty());
}

TEST_CASE("empty lines before a request are no part of it, in pieces of any size") {
  const std::string bytes = "\r\n\r\n" + kPost;
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    CAPTURE(piece);

    const auto request = readRequest(bytes, piece);

    REQUIRE(request);
    CHECK(request->method == "POST");
    CHECK(request->body == "hello");
  }
}

TEST_CASE("empty lines alone are no request that was cut") {
  std::string_view input = "\r\n";
  RequestParser parser;

  REQUIRE(*parser.feed(input) == Progress::NeedMore);

  CHECK_FALSE(parser.hasStarted());
}

TEST_CASE("a request that is whole with its body leaves the pipelined one behind it") {
  std::string bytes = kPost + "GET /b HTTP/1.1\r\n\r\n";
  std::string_view input = bytes;
  RequestParser parser;

  REQUIRE(*parser.feed(input) == Progress::Done);

  CHECK(parser.take().body == "hello");
  CHECK(input == "GET /b HTTP/1.1\r\n\r\n");
}

TEST_CASE("a chunked body reads the same in pieces of any size, trailers are dropped") {
  auto bytes = chunked("5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n");
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    CAPTURE(piece);

    auto request = readRequest(bytes, piece);

    REQUIRE(request);
    CHECK(request->body == "hello world");
    CHECK_FALSE(request->headers.find("X-Trailer"));
  }
}

TEST_CASE("what comes behind a chunked body is left for the next parser") {
  auto bytes = chunked("1\r\na\r\n0\r\n\r\n") + "GET /n";
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    RequestParser parser;
    std::string_view head = std::string_view(bytes).substr(0, cut);
    std::string_view tail = std::string_view(bytes).substr(cut);

    auto first = parser.feed(head);
    REQUIRE(first);
    if (*first != Progress::Done) {
      REQUIRE(*parser.feed(tail) == Progress::Done);
    }

    CHECK(std::string(head) + std::string(tail) == "GET /n");
  }
}

TEST_CASE("the head is known before the body, as 100-continue needs") {
  std::string bytes = "PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
  std::string_view input = bytes;
  RequestParser parser;
  CHECK_FALSE(parser.hasStarted());

  REQUIRE(*parser.feed(input) == Progress::NeedMore);

  CHECK(parser.isHeadDone());
  CHECK(parser.hasStarted());
  CHECK(parser.head().headers.find("expect") == "100-continue");
}

TEST_CASE("connection: close and HTTP/1.0 end the connection") {
  CHECK_FALSE(readRequest("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 99)->keepAlive);
  CHECK_FALSE(readRequest("GET / HTTP/1.0\r\n\r\n", 99)->keepAlive);
  CHECK(readRequest("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 99)->keepAlive);
}

TEST_CASE("a target may be a whole address, of which the path counts, and for OPTIONS everything") {
  CHECK(readRequest("GET http://x:1/a?b=c HTTP/1.1\r\n\r\n", 99)->target == "/a?b=c");
  CHECK(readRequest("GET HTTPS://x HTTP/1.1\r\n\r\n", 99)->target == "/");
  CHECK(readRequest("GET http://x?b HTTP/1.1\r\n\r\n", 99)->target == "/?b");
  CHECK(readRequest("OPTIONS * HTTP/1.1\r\n\r\n", 99)->target == "*");
  CHECK(refusal("GET * HTTP/1.1\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("GET http:///a HTTP/1.1\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("GET ftp://x/a HTTP/1.1\r\n\r\n") == Errc::Malformed);
}

TEST_CASE("a head over the cap is too large, and told apart from a body over it") {
  Limits limits{.headBytes = 64, .bodyBytes = 8};
  std::string big = "GET /" + std::string(100, 'a') + " HTTP/1.1\r\n\r\n";
  std::string_view input = big;
  RequestParser parser(limits);

  CHECK(parser.feed(input).error().code == Errc::TooLarge);
  CHECK(parser.headFault() == HeadFault::TooLarge);

  std::string body = "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n";
  input = body;
  RequestParser second(limits);
  CHECK(second.feed(input).error().code == Errc::TooLarge);
  CHECK(second.headFault() == HeadFault::None);
  CHECK(readRequest(chunked("5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n"), 1, limits).error().code == Errc::TooLarge);
}

TEST_CASE("many small header fields count against the cap of the head too") {
  std::string bytes = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 5000; ++i)
    bytes += "a: b\r\n";

  CHECK(refusal(bytes) == Errc::TooLarge);
}

TEST_CASE("a chunk with endless text around it is refused") {
  CHECK(refusal(chunked("1;" + std::string(10'000, 'a'))) == Errc::TooLarge);
  CHECK(refusal(chunked("0\r\n" + std::string(10'000, 'a'))) == Errc::TooLarge);
}

TEST_CASE("shapes that two readers could understand differently are malformed") {
  CHECK(refusal("POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc") == Errc::Malformed);
  CHECK(refusal("POST / HTTP/1.1\r\nContent-Length: 3, 3\r\n\r\nabc") == Errc::Malformed);
  CHECK(refusal("POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\nabc") == Errc::Malformed);
  CHECK(refusal("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("POST / HTTP/1.1\r\nContent-Length:\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("POST / HTTP/1.1\r\nContent-Length : 3\r\n\r\nabc") == Errc::Malformed);
}

TEST_CASE("bytes that are not HTTP are malformed at once") {
  CHECK(refusal("GET / HTTP/1.1\nHost: x\n\n") == Errc::Malformed);
  CHECK(refusal("GET / HTTP/1.1\rHost: x\r\r") == Errc::Malformed);
  CHECK(refusal("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("GET / HTTP/1.1\r\n A: b\r\n\r\n") == Errc::Malformed);
  CHECK(refusal(std::string_view("GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", 28)) == Errc::Malformed);
  CHECK(refusal("GET / HTTP/1.1\r\nA: b\x7f\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("GET / HTTP/1.1\r\nA(: b\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("GET / HTTP/1.1\r\n: b\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("GET / HTTP/1.1\r\nno colon\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("GET / HTTP/2.0\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("GET /\r\n") == Errc::Malformed);
  CHECK(refusal("hello\r\n") == Errc::Malformed);
  CHECK(refusal("\x16\x03\x01\x02\x00\x01") == Errc::Malformed);
  CHECK(refusal("G\x80T / HTTP/1.1\r\n\r\n") == Errc::Malformed);
}

TEST_CASE("a target that is not a path is malformed") {
  CHECK(refusal("CONNECT host:80 HTTP/1.1\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("GET /a#b HTTP/1.1\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("GET /\xc3\xa4 HTTP/1.1\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("GET  / HTTP/1.1\r\n\r\n") == Errc::Malformed);
  CHECK(refusal("GET /a b HTTP/1.1\r\n\r\n") == Errc::Malformed);
}

TEST_CASE("bad chunks are malformed") {
  CHECK(refusal(chunked("x\r\n\r\n")) == Errc::Malformed);
  CHECK(refusal(chunked("-1\r\n\r\n")) == Errc::Malformed);
  CHECK(refusal(chunked("3\r\nabcdef\r\n")) == Errc::Malformed);
  CHECK_FALSE(readRequest(chunked("fffffffffffffffffff\r\n"), 1));
  CHECK_FALSE(readRequest(chunked("3\nabc\r\n0\r\n\r\n"), 1));
}

TEST_CASE("a streamed response is read piece by piece") {
  Response head;
  std::string bytes = serializeHead(head) + serializeChunk("hello ") + serializeChunk("world") + serializeChunk("");
  ResponseParser parser;
  std::string body;
  Progress last = Progress::NeedMore;
  for (char c : bytes) {
    std::string_view input(&c, 1);

    auto progress = parser.feed(input);

    REQUIRE(progress);
    last = *progress;
    body += parser.takeBody();
  }
  CHECK(last == Progress::Done);
  CHECK(body == "hello world");
  CHECK(parser.head().status == 200);
}

TEST_CASE("a body that ends with the connection is whole, a cut one is not") {
  std::string open = "HTTP/1.1 200 OK\r\n\r\nabc";
  std::string cut = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc";
  std::string_view input = open;
  ResponseParser first;
  REQUIRE(*first.feed(input) == Progress::NeedMore);
  CHECK(*first.finish() == Progress::Done);
  CHECK(first.take().body == "abc");

  input = cut;
  ResponseParser second;
  REQUIRE(*second.feed(input) == Progress::NeedMore);
  CHECK(second.finish().error().code == Errc::Protocol);
  ResponseParser third;
  CHECK(third.finish().error().code == Errc::Protocol);
}

TEST_CASE("the answer to a HEAD, a 101 and a 100 end with their head") {
  std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nrest";
  std::string_view input = bytes;
  ResponseParser head({}, true);
  REQUIRE(*head.feed(input) == Progress::Done);
  CHECK(input == "rest");

  bytes = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: microvm-raw\r\nConnection: Upgrade\r\n\r\nraw";
  input = bytes;
  ResponseParser upgrade;
  REQUIRE(*upgrade.feed(input) == Progress::Done);
  CHECK(input == "raw");
  CHECK(upgrade.take().status == 101);
}
