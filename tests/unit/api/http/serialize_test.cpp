#include <doctest/doctest.h>

#include "api/http/codec.hpp"

using namespace microvm;
using namespace microvm::http;

TEST_CASE("what serialize writes reads back the same") {
  Request request{.method = "POST", .target = "/v1/vms", .headers = {}, .body = "{}"};
  request.headers.add("Content-Type", "application/json");

  auto bytes = serialize(request);

  CHECK(bytes ==
        "POST /v1/vms HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
  RequestParser parser;
  std::string_view input = bytes;
  REQUIRE(*parser.feed(input) == Progress::Done);
  CHECK(parser.take().body == "{}");
}

TEST_CASE("a value never ends its own line") {
  Response response;
  response.headers.add("X-Detail", "a\r\nSet-Cookie: b");

  CHECK(serialize(response) == "HTTP/1.1 200 OK\r\nX-Detail: a  Set-Cookie: b\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("a 204, a 304 and a 101 carry no body and no length") {
  CHECK(serialize(Response{.status = 204, .headers = {}, .body = "x"}) == "HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(serialize(Response{.status = 304, .headers = {}, .body = "x"}) == "HTTP/1.1 304 Not Modified\r\n\r\n");
  CHECK(serializeHead(Response{.status = 101, .headers = {}, .body = ""}) ==
        "HTTP/1.1 101 Switching Protocols\r\n\r\n");
}

TEST_CASE("a response that closes says so once") {
  Response response{.status = 400, .headers = {}, .body = "", .keepAlive = false};

  CHECK(serialize(response) == "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST_CASE("a chunk has its length in hexadecimal, the last one is empty") {
  CHECK(serializeChunk(std::string(17, 'a')) == "11\r\naaaaaaaaaaaaaaaaa\r\n");
  CHECK(serializeChunk("") == "0\r\n\r\n");
}

TEST_CASE("a length that is set already is not written twice") {
  Response response;
  response.headers.add("Content-Length", "9");

  CHECK(serialize(response) == "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
}

TEST_CASE("a POST without a body says so, a GET says nothing") {
  CHECK(serialize(Request{.method = "POST"}) == "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
  CHECK(serialize(Request{.keepAlive = false}) == "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
}
