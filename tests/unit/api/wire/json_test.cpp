#include "api/wire/json.hpp"

#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace microvm;
using Json = nlohmann::ordered_json;

namespace {

Error refusalOf(std::string_view text) {
  auto parsed = parseJson(text);
  REQUIRE_FALSE(parsed.has_value());
  return std::move(parsed).error();
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i)
    all += text;
  return all;
}

}  // namespace

TEST_CASE("a parsed text is written as it was, in its order") {
  const std::string text = R"({"b":[1,-2,3.5,"x",null,true],"a":{"c":{},"d":[]},"é":18446744073709551615})";

  const auto parsed = parseJson(text);

  REQUIRE(parsed.has_value());
  CHECK(parsed->dump() == text);
}

TEST_CASE("a lone value is a text") {
  CHECK(parseJson("true").value() == Json(true));
  CHECK(parseJson(" \"x\" \n").value() == Json("x"));
}

TEST_CASE("a syntax error names line and column") {
  const Error error = refusalOf("{\n  \"a\": 1,\n  \"b\" ?\n}");

  CHECK(error.code == Errc::Malformed);
  CHECK(error.detail.find("line 3, column 7") != std::string::npos);
  CHECK(error.detail.find("json.exception") == std::string::npos);
}

TEST_CASE("texts that are no JSON are refused") {
  for (const char* text : {"", " ", "{", "[1,]", "{\"a\":1,}", "nul", "{} {}", "'a'", "[1 2]", "\"a\nb\"", "1e999",
                           "NaN", "// x\n1", "\"\xff\"", "{a:1}"}) {
    CAPTURE(text);
    CHECK(refusalOf(text).code == Errc::Malformed);
  }
}

TEST_CASE("an error text is UTF-8 whatever was read") {
  const Error error = refusalOf("[\"abc\xff\xfe\"]");

  for (const char c : error.detail)
    CHECK(static_cast<unsigned char>(c) < 0x80);
}

TEST_CASE("a member that occurs twice is refused with its place") {
  const Error error = refusalOf("{\"a\": 1,\n \"a\": 2}");

  CHECK(error.code == Errc::Malformed);
  CHECK(error.detail == "the JSON text cannot be used: line 2, column 4: the member \"a\" occurs twice");
}

TEST_CASE("the same member in two objects is fine") {
  CHECK(parseJson(R"([{"a":1},{"a":{"a":2}}])").has_value());
}

TEST_CASE("a text of 32 levels is read and one of 33 refused") {
  CHECK(parseJson(repeated("[", 32) + repeated("]", 32)).has_value());
  CHECK(refusalOf(repeated("[", 33) + repeated("]", 33)).code == Errc::TooLarge);
  CHECK(refusalOf(repeated("[", 100'000)).code == Errc::TooLarge);
}

TEST_CASE("a text of 20,000 values is read and one more refused") {
  CHECK(parseJson("[1" + repeated(",1", 19'998) + "]").has_value());
  CHECK(refusalOf("[1" + repeated(",1", 19'999) + "]").code == Errc::TooLarge);
}

TEST_CASE("an object of 19,999 members is read") {
  std::string text = "{\"0\":0";
  for (int i = 1; i < 19'999; ++i)
    text += ",\"" + std::to_string(i) + "\":0";

  const auto parsed = parseJson(text + "}");

  REQUIRE(parsed.has_value());
  CHECK(parsed->size() == 19'999);
}

TEST_CASE("a text over two mebibytes is refused unread") {
  CHECK(refusalOf(std::string(2 * 1024 * 1024 + 1, ' ')).code == Errc::TooLarge);
}
