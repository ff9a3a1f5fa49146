#include "daemon/runner/golang/json.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace microvm::golang;
using Json = nlohmann::ordered_json;

TEST_CASE("strings are escaped as Go's encoder does") {
  CHECK(encodeJson("a<b>&c") == "\"a\\u003cb\\u003e\\u0026c\"");
  CHECK(encodeJson("\"\\\b\f\n\r\t\x01\x7f") == "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7f\"");
  CHECK(encodeJson("\xe2\x80\xa8\xe2\x80\xa9\xc3\xa9") == "\"\\u2028\\u2029\xc3\xa9\"");
  CHECK(encodeJson("\xe2\x82") == "\"\\ufffd\\ufffd\"");
}

TEST_CASE("documents have no spaces and keep the order of their members") {
  const Json document{{"z", 1}, {"a", {true, nullptr, "x", -5}}, {"e", Json::object()}, {"l", Json::array()}};

  CHECK(encodeJson(document) == R"({"z":1,"a":[true,null,"x",-5],"e":{},"l":[]})");
  CHECK(encodeJson(Json{{"<", 18446744073709551615u}}) == R"({"\u003c":18446744073709551615})");
}
