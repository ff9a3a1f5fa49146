// microvmctl token, against a daemon that answers as told.
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "client/cli/app.hpp"
#include "client/cli/commands/remote/remote_commands.hpp"
#include "tests/support/daemon_double/daemon_double.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::cli;

namespace {

constexpr const char* kToken = R"({"id":"01939f3e-7d6c-7aaa-8bbb-0000000000ff","name":"ci","scopes":"read,operate",)"
                               R"("createdAt":"2026-11-23T10:40:52.123Z","token":"microvm_00"})";

std::string contentOf(std::FILE* file) {
  std::rewind(file);
  std::string all;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file))
    all += static_cast<char>(c);
  return all;
}

struct Ended {
  ExitCode code = ExitCode::Ok;
  std::string out;
  std::string err;
};

struct Fixture {
  Ended run(std::vector<std::string> words) const {
    static const std::array kTable{&tokenCommand()};
    words.insert(words.begin(), "token");
    std::FILE* out = std::tmpfile();
    std::FILE* err = std::tmpfile();
    const Environment environment = [this](std::string_view name) -> std::optional<std::string> {
      if (name == "MICROVM_HOST") return "unix://" + daemon.socketPath();
      return std::nullopt;
    };
    Ended ended;
    ended.code = runCommandLine(kTable, words, Streams{0, ::fileno(out), ::fileno(err)}, environment);
    ended.out = contentOf(out);
    ended.err = contentOf(err);
    std::fclose(out);
    std::fclose(err);
    return ended;
  }

  test::TempDir folder;
  DaemonDouble daemon{folder.path() + "/api.sock"};
};

}  // namespace

TEST_CASE("a token that is made is the only thing on standard output") {
  Fixture f;
  f.daemon.on("POST /v1/tokens", 201, kToken);

  const auto made = f.run({"create", "ci", "--scope", "read", "--scope", "operate", "--lifetime", "30d"});

  CHECK(made.code == ExitCode::Ok);
  CHECK(made.out == "microvm_00\n");
  CHECK(made.err.find("only time") != std::string::npos);
  CHECK(f.daemon.asked().back() == R"(POST /v1/tokens {"name":"ci","scopes":"read,operate","lifetime":"30d"})");
}

TEST_CASE("a token reads unless it is told to do more") {
  Fixture f;
  f.daemon.on("POST /v1/tokens", 201, kToken);

  CHECK(f.run({"create", "ci", "--json"}).out.find("\"token\": \"microvm_00\"") != std::string::npos);

  CHECK(f.daemon.asked().back() == R"(POST /v1/tokens {"name":"ci","scopes":"read"})");
}

TEST_CASE("tokens are a table, or JSON for programs") {
  Fixture f;
  f.daemon.on("GET /v1/tokens", 200, std::string(R"({"items":[)") + kToken + "]}");

  const auto table = f.run({"list"}).out;
  CHECK(table.find("NAME") == 0);
  CHECK(table.find("ci    read,operate  2026-11-23T10:40:52.123Z  never") != std::string::npos);
  CHECK(f.run({"list", "-o", "jsonl"}).out == std::string(kToken) + "\n");
  CHECK(f.run({"list", "--json"}).out.front() == '[');
}

TEST_CASE("what cannot be revoked, and what token does not take, are told") {
  Fixture f;

  const auto missing = f.run({"revoke", "ci"});
  CHECK(missing.code != ExitCode::Ok);
  CHECK(missing.err.find("cannot revoke the token \"ci\"") != std::string::npos);
  CHECK(f.run({"make", "ci"}).code == ExitCode::Usage);
  CHECK(f.run({"create"}).code == ExitCode::Usage);
}
