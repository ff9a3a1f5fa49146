#include "client/service/launchd/launchctl.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::service;

TEST_CASE("the kind of the session decides the domain") {
  CHECK(domainOf("Aqua", 501).value_or("") == "gui/501");
  CHECK(domainOf("Background", 501).value_or("") == "user/501");
  CHECK(domainOf("System", 0).value_or("") == "system");
  const auto refused = domainOf("LoginWindow", 501);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find("LoginWindow") != std::string::npos);
}

TEST_CASE("of a loaded job the state, the process and the file are read, and nothing deeper") {
  const auto job = parsePrint("gui/501",
                              "gui/501/a = {\n\tactive count = 1\n\tpath = /Users/alice/a b/x.plist\n\ttype = "
                              "LaunchAgent\n\tstate = running\n\n\tendpoints = {\n\t\tstate = dead\n\t\tpid "
                              "= 9\n\t}\n\tpid = 812\n}\n");

  CHECK(job.domain == "gui/501");
  CHECK(job.state == "running");
  CHECK(job.path == "/Users/alice/a b/x.plist");
  CHECK(job.pid == 812);
  CHECK_FALSE(parsePrint("system", "x = {\n\tstate = not running\n}\n").pid.has_value());
}

TEST_CASE("a disabled label is known in both ways of writing it") {
  const std::string now = "\tdisabled services = {\n\t\t\"a\" => disabled\n\t\t\"b\" => enabled\n\t}\n";
  const std::string before = "\t\t\"a\" => true\n\t\t\"b\" => false\n";

  for (const auto& text : {now, before}) {
    CHECK(isDisabledIn(text, "a"));
    CHECK_FALSE(isDisabledIn(text, "b"));
    CHECK_FALSE(isDisabledIn(text, "c"));
  }
}
