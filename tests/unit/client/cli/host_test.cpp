#include "client/cli/host.hpp"

#include <map>

#include <doctest/doctest.h>

#include "tests/support/temp_dir.hpp"

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

Result<std::string> pathOf(const std::optional<std::string>& host, const Environment& environment) {
  auto endpoint = daemonEndpoint(host, environment);
  if (!endpoint) return std::move(endpoint).error();
  return endpoint->name;
}

}  // namespace

TEST_CASE("the option comes before the variable and the variable before the default") {
  const auto environment = with({{"MICROVM_HOST", "unix:///b"}, {"XDG_RUNTIME_DIR", "/run/user/7"}});

  CHECK(pathOf("unix:///a", environment).value() == "/a");
  CHECK(pathOf("/a", environment).value() == "/a");
  CHECK(pathOf({}, environment).value() == "/b");
  CHECK(pathOf({}, with({{"XDG_RUNTIME_DIR", "/run/user/7"}})).value() == "/run/user/7/microvm/api.sock");
  CHECK(pathOf({}, with({})).value().starts_with("/tmp/microvm-"));
}

TEST_CASE("any other form of host is a usage error that names its source") {
  for (const auto* host :
       {"tcp://localhost", "api.sock", "unix://api.sock", "http://localhost", "ssh://", "ssh://-oProxyCommand=x",
        "https://user@host", "https://host:0", "https://host:99999", "ssh://a b"}) {
    const auto path = pathOf(host, with({}));

    REQUIRE_FALSE(path);
    CHECK(path.error().code == Errc::Usage);
    CHECK(path.error().detail.starts_with("--host"));
  }
}

TEST_CASE("the token for HTTPS comes from the environment or from a file of its own") {
  const test::TempDir folder;
  const auto kept = folder.write("token", "microvm_b\n");
  const auto direct = daemonEndpoint("https://mac.example", with({{"MICROVM_TOKEN", "microvm_a"}}));
  const auto file = daemonEndpoint("https://mac.example", with({{"MICROVM_TOKEN_FILE", kept}}));
  const auto missing = daemonEndpoint("https://mac.example", with({{"MICROVM_TOKEN_FILE", folder / "none"}}));

  CHECK(direct.value().token == "microvm_a");
  CHECK(direct.value().host == "mac.example:8443");
  CHECK(file.value().token == "microvm_b");
  CHECK_FALSE(missing);
}
