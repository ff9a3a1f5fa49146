#include "daemon/http/handlers/console_query.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::http;

namespace {

Exchange asking(const std::string& query) {
  Exchange exchange;
  exchange.target = *parseTarget("/x?" + query);
  return exchange;
}

std::string refusal(const std::string& query) {
  const auto exchange = asking(query);
  const auto place = readConsoleQuery(exchange);
  const auto attach = readConsoleAttach(exchange);
  if (place && attach) return "taken";
  const auto& error = place ? attach.error() : place.error();
  return error.code == Errc::Usage ? error.detail : "another error";
}

}  // namespace

TEST_CASE("a place is read from its members") {
  const auto query = readConsoleQuery(asking("since=2026-11-23T10:40:52.123Z&until=5m&boot=-1"));

  REQUIRE(query);
  CHECK(formatTimestamp(query->since.value_or(Timestamp())) == "2026-11-23T10:40:52.123Z");
  CHECK(now() - query->until.value_or(Timestamp()) >= Milliseconds(300'000));
  CHECK(now() - query->until.value_or(Timestamp()) < Milliseconds(400'000));
  CHECK(query->boot == -1);
  CHECK(readConsoleQuery(asking("offset=7"))->offset == 7);
  CHECK(readConsoleQuery(asking("tail=7"))->tail == 7);
}

TEST_CASE("an attachment is read from its members") {
  const auto attach = readConsoleAttach(asking("mode=exclusive&takeOver&queue=5&label=me"));

  REQUIRE(attach);
  CHECK(attach->mode == ConsoleMode::Exclusive);
  CHECK(attach->evenIfHeld);
  CHECK(attach->queue == 5);
  CHECK(attach->label == "me");
  CHECK(readConsoleAttach(asking("mode=ro"))->mode == ConsoleMode::ReadOnly);
  CHECK(readConsoleAttach(asking("a=b"))->mode == ConsoleMode::ReadWrite);
}

TEST_CASE("what cannot be is refused in words") {
  CHECK(refusal("offset=1&tail=1").find("only one") != std::string::npos);
  CHECK(refusal("offset=1&since=5m").find("only one") != std::string::npos);
  CHECK(refusal("since=yesterday").find("since=yesterday is not a time") != std::string::npos);
  CHECK(refusal("until=5").find("until=5 is not a time") != std::string::npos);
  CHECK(refusal("boot=last").find("boot=last is not a whole number") != std::string::npos);
  CHECK(refusal("mode=all").find("mode=all is not rw, ro or exclusive") != std::string::npos);
  CHECK(refusal("takeOver").find("belongs to mode=exclusive") != std::string::npos);
  CHECK(refusal("queue=much").find("queue=much") != std::string::npos);
  CHECK(refusal("label=a%0ab").find("label") != std::string::npos);
  CHECK(refusal("label=" + std::string(65, 'a')).find("label") != std::string::npos);
}
