#include "daemon/init/listen_fds.hpp"

#include <map>

#include <doctest/doctest.h>

using namespace microvm;

namespace {

using Names = std::vector<std::string>;

Result<Names> namesIn(const std::map<std::string, std::string>& variables) {
  const auto environment = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  return passedNames(environment, 42);
}

}  // namespace

TEST_CASE("a process that was started by hand was passed nothing") {
  CHECK(*namesIn({}) == Names{});
  CHECK(*namesIn({{"LISTEN_FDS", "1"}}) == Names{});
}

TEST_CASE("descriptors for another process are not taken") {
  CHECK(*namesIn({{"LISTEN_PID", "41"}, {"LISTEN_FDS", "2"}}) == Names{});
}

TEST_CASE("descriptors have the names they were given, or none") {
  CHECK(*namesIn({{"LISTEN_PID", "42"}, {"LISTEN_FDS", "1"}}) == Names{"unknown"});
  CHECK(*namesIn({{"LISTEN_PID", "42"}, {"LISTEN_FDS", "2"}, {"LISTEN_FDNAMES", "api:debug"}}) ==
        Names{"api", "debug"});
  CHECK(*namesIn({{"LISTEN_PID", "42"}, {"LISTEN_FDS", "3"}, {"LISTEN_FDNAMES", ":b"}}) ==
        Names{"unknown", "b", "unknown"});
  CHECK(*namesIn({{"LISTEN_PID", "42"}, {"LISTEN_FDS", "1"}, {"LISTEN_FDNAMES", "a:b:c"}}) == Names{"a"});
}

TEST_CASE("numbers that are none are refused with the variable and its value") {
  for (const auto* value : {"", "-1", "one", "1x", "65", "99999999999999999999"}) {
    const auto refused = namesIn({{"LISTEN_PID", "42"}, {"LISTEN_FDS", value}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::Usage);
    CHECK(refused.error().detail.find("LISTEN_FDS") != std::string::npos);
  }
  CHECK_FALSE(namesIn({{"LISTEN_PID", "me"}, {"LISTEN_FDS", "1"}}));
}
