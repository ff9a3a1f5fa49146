#include "daemon/http/console/console_messages.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::http;

TEST_CASE("what a client may wish is read") {
  CHECK(parseWish(R"({"type":"detach"})")->kind == ConsoleWish::Kind::Detach);
  CHECK(parseWish(R"({"type":"exclusive","wish":"take"})")->wish == ExclusiveWish::Take);
  CHECK(parseWish(R"({"wish":"take-over","type":"exclusive"})")->wish == ExclusiveWish::TakeOver);
  CHECK(parseWish(R"({"type":"exclusive","wish":"release"})")->wish == ExclusiveWish::Release);
}

TEST_CASE("anything else is refused with what would be right") {
  for (const auto* text : {"", "[]", "{}", R"({"type":7})", R"({"type":"resize"})", R"({"type":"detach","more":1})",
                           R"({"type":"exclusive"})", R"({"type":"exclusive","wish":"keep"})"}) {
    const auto wish = parseWish(text);
    CAPTURE(text);
    REQUIRE_FALSE(wish);
    CHECK(wish.error().code == Errc::Usage);
    CHECK(wish.error().hint.find("take-over") != std::string::npos);
  }
}

TEST_CASE("messages are JSON in one line") {
  ConsoleNews news;
  news.count = 1;
  news.exclusive = 3;
  news.viewers.push_back({3, ConsoleMode::Exclusive, "root@pts/1", Timestamp(Milliseconds(0))});

  CHECK(offsetMessage({1, 5, 9, 10, false}, 3) == R"({"type":"offset","offset":5,"start":1,"end":10,"viewer":3})");
  CHECK(gapMessage(5, 9) == R"({"type":"gap","from":5,"to":9})");
  CHECK(
      viewersMessage(news) ==
      R"({"type":"viewers","count":1,"viewers":[{"id":3,"mode":"exclusive","label":"root@pts/1","since":"1970-01-01T00:00:00.000Z"}]})");
  CHECK(exclusiveMessage(news) == R"({"type":"exclusive","viewer":3})");
  CHECK(exclusiveMessage({}) == R"({"type":"exclusive","viewer":null})");
  CHECK(detachMessage(7, "over") == R"({"type":"detach","offset":7,"reason":"over"})");
  CHECK(errorMessage(Error{Errc::InUse, "held", {}, {}}) == R"({"type":"error","code":"in-use","detail":"held"})");
}
