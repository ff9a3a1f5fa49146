#include "daemon/shim/console/request_log_filter.hpp"

#include <doctest/doctest.h>

using microvm::shim::RequestLogFilter;

namespace {

const std::string kLine = "[GIN] 2026/11/23 - 10:40:52 |\x1b[97;42m 200 \x1b[0m|   13.5us |  | GET  \"/vm/state\"\n";

std::string throughBytewise(const std::string& text) {
  RequestLogFilter filter;
  std::string out;
  for (const char byte : text)
    out += filter.feed(std::string(1, byte));
  return out + filter.release();
}

}  // namespace

TEST_CASE("lines of the request log vanish wherever they come") {
  for (const std::string& text : {kLine + "login: ", "log" + kLine + "in: ", "login: " + kLine + kLine}) {
    RequestLogFilter filter;
    CHECK(filter.feed(text) + filter.release() == "login: ");
    CHECK(throughBytewise(text) == "login: ");
  }
}

TEST_CASE("lines of its debug log vanish too") {
  CHECK(throughBytewise("a[GIN-debug] GET /vm/state --> main.state (3 handlers)\nb") == "ab");
}

TEST_CASE("what only looks like it is the guest's") {
  for (const std::string text :
       {"[", "[GIN]", "[GIN] tonic\n", "[GIN] 2026/11/23 at noon\n", "[[GIN", "[  OK  ] Started [GIN].\n"}) {
    CHECK(throughBytewise(text) == text);
  }
}

TEST_CASE("a line without an end is given back") {
  RequestLogFilter filter;
  const auto endless = "[GIN] 2026/11/23 - 10:40:52 |" + std::string(5000, 'x');

  CHECK(filter.feed(endless) == endless);
  CHECK_FALSE(filter.isHolding());
}

TEST_CASE("a prompt that begins like the log is held back until it is released") {
  RequestLogFilter filter;

  CHECK(filter.feed("root [") == "root ");
  CHECK(filter.isHolding());
  CHECK(filter.release() == "[");
  CHECK_FALSE(filter.isHolding());
}

TEST_CASE("every byte passes") {
  std::string every;
  for (int byte = 0; byte < 256; ++byte)
    every.push_back(static_cast<char>(byte));

  CHECK(throughBytewise(every) == every);
}
