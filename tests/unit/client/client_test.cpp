#include "client/client.hpp"

#include <sys/socket.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "api/http/codec.hpp"
#include "api/http/problem.hpp"
#include "api/wire/json.hpp"
#include "tests/support/daemon_double/daemon_double.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;

namespace {

struct Fixture {
  test::TempDir folder;
  DaemonDouble daemon{folder.path() + "/api.sock"};
  client::Client client{daemon.socketPath()};
};

void write(int socket, const std::string& bytes) {
  CHECK(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
}

std::string logHead(std::uint64_t offset, std::uint64_t end) {
  http::Response head;
  head.headers.set("Microvm-Console-Start", "0");
  head.headers.set("Microvm-Console-Offset", std::to_string(offset));
  head.headers.set("Microvm-Console-End", std::to_string(end));
  return http::serializeHead(head);
}

}  // namespace

TEST_CASE("any request can be made, and its refusal is the daemon's") {
  Fixture f;
  f.daemon.on("PATCH /v1/any?a=1", 200, "[1]");
  http::Request wanted;
  wanted.method = "PATCH";
  wanted.target = "/v1/any?a=1";
  wanted.body = "{}";

  auto answer = f.client.open(wanted, Milliseconds(10'000));
  REQUIRE(answer);
  CHECK(answer->head().status == 200);
  CHECK(answer->readAll(Milliseconds(10'000), 100).value() == "[1]");
  wanted.target = "/v1/none";
  auto refused = f.client.open(wanted, Milliseconds(10'000));
  REQUIRE(refused);
  CHECK(f.client.refusal(*refused).code == Errc::NotFound);
  CHECK(f.client.lastProblem().find("\"status\":404") != std::string::npos);
  CHECK(f.daemon.asked() == std::vector<std::string>{"PATCH /v1/any?a=1 {}", "PATCH /v1/none {}"});
}

TEST_CASE("every operation asks with its verb, path, query and body") {
  Fixture f;
  for (const auto* operation : {"GET /", "GET /healthz", "GET /readyz", "GET /v1", "GET /v1/vms", "POST /v1/vms",
                                "GET /v1/vms/a%20b", "POST /v1/vms/web/start", "POST /v1/vms/web/stop",
                                "POST /v1/vms/web/kill", "GET /v1/vms/web/wait", "GET /v1/events"}) {
    f.daemon.on(operation, 200, "{}");
  }
  f.daemon.on("DELETE /v1/vms/web", 204, "");

  client::StopOptions stop;
  stop.timeout = Milliseconds(2000);
  stop.escalate = false;
  const bool all = f.client.getVersions() && f.client.getHealth() && f.client.getReadiness() && f.client.getServer() &&
                   f.client.listVms() && f.client.createVm(client::Json{{"spec", 1}}) && f.client.getVm("a b") &&
                   f.client.startVm("web") && f.client.stopVm("web", stop) && f.client.stopVm("web", {}) &&
                   f.client.killVm("web") && f.client.waitVm("web", client::Condition::Deleted, Milliseconds(1500)) &&
                   f.client.deleteVm("web", client::Removal::KillFirst) &&
                   f.client.listEvents(client::EventQuery{.after = 7, .limit = 2, .vm = "web"});

  CHECK(all);
  CHECK(f.daemon.asked() ==
        std::vector<std::string>{"GET /", "GET /healthz", "GET /readyz", "GET /v1", "GET /v1/vms",
                                 R"(POST /v1/vms {"spec":1})", "GET /v1/vms/a%20b", "POST /v1/vms/web/start",
                                 R"(POST /v1/vms/web/stop {"timeout":"2s","escalate":false})", "POST /v1/vms/web/stop",
                                 "POST /v1/vms/web/kill", "GET /v1/vms/web/wait?for=deleted&timeout=1500ms",
                                 "DELETE /v1/vms/web?force=true", "GET /v1/events?after=7&limit=2&vm=web"});
}

TEST_CASE("operations and the runner's own socket are asked for by their paths") {
  Fixture f;
  for (const auto* operation :
       {"POST /v1/vms/web/pause", "POST /v1/vms/web/resume", "POST /v1/vms/web/restart", "GET /v1/operations",
        "GET /v1/operations/7", "GET /v1/operations/7/wait", "DELETE /v1/operations/7", "GET /v1/vms/web/postmortem",
        "GET /v1/vms/web/vfkit/vm/state", "POST /v1/vms/web/vfkit/vm/state", "GET /v1/vms/web/vfkit/vm/inspect"}) {
    f.daemon.on(operation, 200, "{}");
  }

  const bool all = f.client.pauseVm("web") && f.client.resumeVm("web") && f.client.restartVm("web", {}) &&
                   f.client.listOperations("web") && f.client.getOperation("7") &&
                   f.client.waitOperation("7", Milliseconds(1500)) && f.client.cancelOperation("7") &&
                   f.client.getPostmortem("web") && f.client.getRunnerState("web") &&
                   f.client.changeRunnerState("web", "Pause") && f.client.inspectRunner("web");

  CHECK(all);
  CHECK(f.daemon.asked() ==
        std::vector<std::string>{
            "POST /v1/vms/web/pause", "POST /v1/vms/web/resume", "POST /v1/vms/web/restart",
            "GET /v1/operations?vm=web", "GET /v1/operations/7", "GET /v1/operations/7/wait?timeout=1500ms",
            "DELETE /v1/operations/7", "GET /v1/vms/web/postmortem", "GET /v1/vms/web/vfkit/vm/state",
            R"(POST /v1/vms/web/vfkit/vm/state {"state":"Pause"})", "GET /v1/vms/web/vfkit/vm/inspect"});
}

TEST_CASE("an accepted action has its operation, and one that is still under way is a timeout") {
  Fixture f;
  const std::string operation =
      R"({"id":"7","kind":"stop","state":"running","step":"the guest is to power off","stop":{"timeout":"5s"}})";
  f.daemon.on("POST /v1/vms/web/stop", 202, operation);
  f.daemon.on("GET /v1/operations/7/wait", 200, operation);

  const auto accepted = f.client.stopVm("web", {});
  const auto waited = f.client.waitOperation("7", Milliseconds(10));

  REQUIRE(accepted);
  CHECK(accepted->operation == "7");
  CHECK(accepted->grace == Milliseconds(5'000));
  REQUIRE_FALSE(waited);
  CHECK(waited.error().code == Errc::Timeout);
  CHECK(waited.error().detail == "the stop is not done after 10ms: the guest is to power off");
}

TEST_CASE("a refusal becomes an error and its problem is kept until the next call") {
  Fixture f;
  const Error busy{Errc::Busy, "web is being started", "wait for it", {}};
  f.daemon.on("GET /v1/vms/web", [&](const http::Request&) { return http::problemResponse(busy, "r1"); });
  f.daemon.on("GET /v1/vms", 200, R"({"items":[]})");

  const auto refused = f.client.getVm("web");

  REQUIRE_FALSE(refused);
  CHECK(refused.error() == busy);
  CHECK(client::Json::parse(f.client.lastProblem())["code"] == "busy");
  CHECK(f.client.listVms());
  CHECK(f.client.lastProblem().empty());
}

TEST_CASE("without a daemon the error is unreachable and there is no problem") {
  client::Client client("/tmp/microvm-nobody/api.sock");

  const auto answer = client.getServer();

  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::Unreachable);
  CHECK(client.lastProblem().empty());
}

TEST_CASE("an answer that is not JSON is a protocol error") {
  Fixture f;
  f.daemon.on("GET /v1", 200, "<html>");

  const auto answer = f.client.getServer();

  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::Protocol);
}

TEST_CASE("a list may have more in it than any request may") {
  Fixture f;
  client::Json list{{"items", client::Json::array()}};
  for (std::uint64_t i = 0; i < kRequestJson.values; ++i)
    list["items"].push_back({{"name", "vm" + std::to_string(i)}});
  f.daemon.on("GET /v1/vms", 200, list.dump());

  const auto answer = f.client.listVms();

  REQUIRE_MESSAGE(answer, answer.error().detail);
  CHECK(answer->at("items").size() == kRequestJson.values);
}

TEST_CASE("an attached console is a socket, and the bytes that came with the answer are first") {
  Fixture f;
  f.daemon.onRaw("GET /v1/vms/web/console?offset=5&mode=ro", [](const http::Request&, int socket) {
    http::Response answer;
    answer.status = 101;
    answer.headers.set("Connection", "Upgrade");
    answer.headers.set("Upgrade", "microvm-raw");
    answer.headers.set("Microvm-Console-Offset", "9");
    write(socket, http::serializeHead(answer) + "hello");
  });

  const auto connection =
      f.client.attachConsole("web", {.access = client::ConsoleAccess::ReadOnly, .place = {.offset = 5, .tail = {}}});

  REQUIRE(connection);
  CHECK(connection->offset == 9);
  CHECK(connection->socket);
  CHECK((connection->received == "hello" || connection->received.empty()));
}

TEST_CASE("a refused console is an error with its problem") {
  Fixture f;

  const auto connection = f.client.attachConsole("web", {});

  REQUIRE_FALSE(connection);
  CHECK(connection.error().code == Errc::NotFound);
  CHECK_FALSE(f.client.lastProblem().empty());
}

TEST_CASE("the log comes in pieces, each with its offset") {
  Fixture f;
  f.daemon.onRaw("GET /v1/vms/web/console/log?offset=10&follow=true", [](const http::Request&, int socket) {
    write(socket,
          logHead(10, 16) + http::serializeChunk("abc") + http::serializeChunk("def") + http::serializeChunk(""));
  });
  std::string text;
  std::uint64_t reached = 0;

  const auto bounds = f.client.getConsoleLog("web", client::ConsolePlace{10, {}}, client::Client::FollowMode::Follow,
                                             [&](std::uint64_t offset, std::string_view bytes) {
                                               CHECK(offset == 10 + text.size());
                                               text += bytes;
                                               reached = offset + bytes.size();
                                               return client::Next::More;
                                             });

  REQUIRE(bounds);
  CHECK(bounds->end == 16);
  CHECK(text == "abcdef");
  CHECK(reached == 16);
}

TEST_CASE("a followed log that is cut is a protocol error, and one that stays silent a timeout") {
  Fixture f;
  f.daemon.onRaw("GET /v1/vms/cut/console/log",
                 [](const http::Request&, int socket) { write(socket, logHead(0, 3) + http::serializeChunk("abc")); });
  f.daemon.onRaw("GET /v1/vms/silent/console/log", [](const http::Request&, int socket) {
    write(socket, logHead(0, 0));
    char byte = 0;
    CHECK(::recv(socket, &byte, 1, 0) == 0);
  });
  const auto sink = [](std::uint64_t, std::string_view) { return client::Next::More; };
  constexpr auto kFollow = client::Client::FollowMode::Follow;

  const auto cut = f.client.getConsoleLog("cut", {}, kFollow, sink, Milliseconds(5000));
  const auto silent = f.client.getConsoleLog("silent", {}, kFollow, sink, Milliseconds(50));

  REQUIRE_FALSE(cut);
  CHECK(cut.error().code == Errc::Protocol);
  REQUIRE_FALSE(silent);
  CHECK(silent.error().code == Errc::Timeout);
}
