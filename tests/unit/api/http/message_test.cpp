#include "api/http/message.hpp"

#include <doctest/doctest.h>

using namespace microvm::http;

TEST_CASE("header names compare without regard to case, and set replaces all of them") {
  Headers headers;
  headers.add("X-A", "1");
  headers.add("x-a", "2");
  CHECK(headers.find("X-a") == "1");

  headers.set("X-A", "3");

  CHECK(headers.all().size() == 1);
  CHECK(headers.find("x-a") == "3");
  CHECK_FALSE(headers.find("x-b"));
}

TEST_CASE("a token is found in a list over several fields, never as part of a word") {
  Headers headers;
  headers.add("Connection", "keep-alive ,\tUPGRADE");
  headers.add("Connection", "x");

  CHECK(headers.hasToken("connection", "upgrade"));
  CHECK(headers.hasToken("connection", "x"));
  CHECK_FALSE(headers.hasToken("connection", "keep"));
  CHECK_FALSE(headers.hasToken("upgrade", "x"));
}

TEST_CASE("every status that the project sends has its phrase") {
  CHECK(reasonPhrase(200) == "OK");
  CHECK(reasonPhrase(507) == "Insufficient Storage");
  CHECK(reasonPhrase(299) == "Unknown");
}
