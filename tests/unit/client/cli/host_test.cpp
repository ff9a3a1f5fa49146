#include "client/cli/host.hpp"

#include <map>

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::cli;

namespace {

Environment with(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

}  // namespace

TEST_CASE("the option comes before the variable and the variable before the default") {
  const auto environment = with({{"MICROVM_HOST", "unix:///b"}, {"XDG_RUNTIME_DIR", "/run/user/7"}});

  CHECK(socketPath("unix:///a", environment).value() == "/a");
  CHECK(socketPath("/a", environment).value() == "/a");
  CHECK(socketPath({}, environment).value() == "/b");
  CHECK(socketPath({}, with({{"XDG_RUNTIME_DIR", "/run/user/7"}})).value() == "/run/user/7/microvm/api.sock");
  CHECK(socketPath({}, with({})).value().starts_with("/tmp/microvm-"));
}

TEST_CASE("any other form of host is a usage error that names its source") {
  for (const auto* host : {"tcp://localhost", "api.sock", "unix://api.sock"}) {
    const auto path = socketPath(host, with({}));

    REQUIRE_FALSE(path);
    CHECK(path.error().code == Errc::Usage);
    CHECK(path.error().detail.starts_with("--host"));
  }
}
