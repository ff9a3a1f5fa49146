#include "daemon/http/answering/request.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace microvm;
using namespace microvm::http;

namespace {

Exchange exchangeOf(std::string_view target, std::string body = {}) {
  Exchange exchange;
  exchange.target = *parseTarget(target);
  exchange.request.body = std::move(body);
  return exchange;
}

Headers headersOf(std::string name, std::string value) {
  Headers headers;
  headers.add(std::move(name), std::move(value));
  return headers;
}

}  // namespace

TEST_CASE("unknown and repeated query members and bodies out of place are refused by name") {
  CHECK(checkShape(exchangeOf("/x?a=1&b=2"), {"a", "b"}, Body::None));
  CHECK(checkShape(exchangeOf("/x", "{}"), {}, Body::Json));
  auto unknown = checkShape(exchangeOf("/x?c=1"), {"a", "b"}, Body::None);
  CHECK(unknown.error() == Error{Errc::Usage, "the query member c is not known here", "this path takes: a, b", {}});
  CHECK(checkShape(exchangeOf("/x?a=1&a=2"), {"a"}, Body::None).error().code == Errc::Usage);
  CHECK(checkShape(exchangeOf("/x", "{}"), {}, Body::None).error().code == Errc::Usage);
}

TEST_CASE("query members are numbers, flags and spans of time, or refused") {
  auto exchange = exchangeOf("/x?n=18446744073709551615&f=true&g&h=false&d=2m&bad=1x&big=18446744073709551616");

  CHECK(**queryNumber(exchange, "n") == 18446744073709551615U);
  CHECK_FALSE(queryNumber(exchange, "absent")->has_value());
  CHECK_FALSE(queryNumber(exchange, "bad"));
  CHECK_FALSE(queryNumber(exchange, "big"));
  CHECK_FALSE(queryNumber(exchange, "g"));
  CHECK(*queryFlag(exchange, "f"));
  CHECK(*queryFlag(exchange, "g"));
  CHECK(*queryFlag(exchangeOf("/x?f=1"), "f"));
  CHECK_FALSE(*queryFlag(exchangeOf("/x?f=0"), "f"));
  CHECK_FALSE(*queryFlag(exchange, "h"));
  CHECK_FALSE(*queryFlag(exchange, "absent"));
  CHECK_FALSE(queryFlag(exchange, "n"));
  CHECK(**queryDuration(exchange, "d") == Milliseconds(120'000));
  CHECK_FALSE(queryDuration(exchange, "bad"));
  CHECK_FALSE(queryDuration(exchange, "absent")->has_value());
}

TEST_CASE("an empty body is an empty object") {
  CHECK(readBody(exchangeOf("/x"))->empty());
  CHECK((*readBody(exchangeOf("/x", R"({"a":1})")))["a"] == 1);
  CHECK(readBody(exchangeOf("/x", "{")).error().code == Errc::Malformed);
}

TEST_CASE("a preference to wait is found among others and capped") {
  CHECK(preferredWait(headersOf("Prefer", "wait=5")) == Milliseconds(5000));
  CHECK(preferredWait(headersOf("prefer", "respond-async; wait=10, return=minimal")) == Milliseconds(10'000));
  CHECK(preferredWait(headersOf("Prefer", "wait=18446744073709551615")) == kLongestWait);
  for (const char* same : {"Wait=5", "wait = 5", "wait=\"5\"", "WAIT=5; x=y", "x;y, wait=5"}) {
    CAPTURE(same);
    CHECK(preferredWait(headersOf("Prefer", same)) == Milliseconds(5000));
  }
  CHECK(preferredWait(headersOf("Prefer", "wait=99999999999999999999999")) == kLongestWait);
  CHECK(preferredWait(headersOf("Prefer", "wait=0")) == Milliseconds(0));
  for (const char* other : {"wait=soon", "wait", "wait=", "wait=-1", "wait=1.5", "wait=\"", "await=5"}) {
    CAPTURE(other);
    CHECK_FALSE(preferredWait(headersOf("Prefer", other)));
  }
  CHECK_FALSE(preferredWait(headersOf("Prefer", "")));
  CHECK_FALSE(preferredWait(Headers()));
}

TEST_CASE("a media type is accepted with its parameters and its weight") {
  const auto weight = [](const char* list) { return acceptedWeight(headersOf("Accept", list), "text/event-stream"); };

  for (const char* list : {"text/event-stream", "Text/Event-Stream", "text/event-stream; charset=utf-8",
                           "application/json, text/event-stream;q=1", "text/event-stream ; Q=1.000"}) {
    CAPTURE(list);
    CHECK(weight(list) == 1'000);
  }
  CHECK(weight("text/event-stream;q=0.5") == 500);
  CHECK(weight("a/b;q=1, text/event-stream;x=y;q=0.025, c/d") == 25);
  for (const char* list : {"", "*/*", "text/*", "text/event-stream;q=0", "text/event-stream; q=0.000", "text/event",
                           "text/event-stream;q=", "text/event-stream;q=x", "text/event-stream;q=0.x"}) {
    CAPTURE(list);
    CHECK(weight(list) == 0);
  }
  CHECK(acceptedWeight(Headers(), "text/event-stream") == 0);
}

TEST_CASE("one range of bytes is read, any other form is passed over") {
  auto range = [](std::string value) { return requestedRange(headersOf("Range", std::move(value))); };

  CHECK(range("bytes=1-2") == ByteRange{1, 2, {}});
  CHECK(range("bytes=1-") == ByteRange{1, {}, {}});
  CHECK(range("bytes=-5") == ByteRange{0, {}, 5});
  for (const char* other :
       {"", "bytes=", "bytes=-", "bytes=2-1", "bytes=a-b", "bytes=1-2,3-4", "bytes=1", "lines=1-2"}) {
    CAPTURE(other);
    CHECK_FALSE(range(other));
  }
}
