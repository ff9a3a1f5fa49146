#include "client/queries.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::client;

TEST_CASE("a query without wishes is no query") {
  CHECK(Query().text().empty());
  CHECK(Query().add(VmQuery()).add(EventQuery()).add("vm", "").text().empty());
}

TEST_CASE("wishes stand one behind the other, with what means something else in a target encoded") {
  CHECK(Query().add("labelSelector", "team=infra,!old").add("cursor", "a b").text() ==
        "?labelSelector=team%3Dinfra%2C%21old&cursor=a%20b");
}

TEST_CASE("a place in a console's log is what of it is given") {
  ConsolePlace place;
  place.offset = 0;
  place.boot = -1;

  CHECK(Query().add(place).text() == "?offset=0&boot=-1");
}

TEST_CASE("whoever attaches says how, and the rest only if it is wished") {
  ConsoleRequest taken;
  taken.access = ConsoleAccess::Exclusive;
  taken.takeOver = true;
  taken.queue = 4096;
  taken.label = "ci";

  CHECK(Query().add(ConsoleRequest()).text() == "?mode=rw");
  CHECK(Query().add(taken).text() == "?mode=exclusive&takeOver=true&queue=4096&label=ci");
}

TEST_CASE("a stop without options has no body") {
  StopOptions quick;
  quick.timeout = Milliseconds(2'000);
  quick.escalate = false;

  CHECK(bodyOf({}).empty());
  CHECK(bodyOf(quick) == R"({"timeout":"2s","escalate":false})");
}
