// Requests that are sent again, to the real daemon and over its death.
#include <thread>

#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"

using namespace microvm::test;

namespace {

Answer post(const Daemon& daemon, const std::string& target, const Json& body, const std::string& key) {
  return daemon.api().post(target, body, {{"Idempotency-Key", key}});
}

}  // namespace

TEST_CASE("a create that is sent again is answered the same, after a kill of the daemon too") {
  Daemon daemon;
  const auto definition = daemon.definition("web");
  const auto first = post(daemon, "/v1/vms", definition, "create-1");
  const auto again = post(daemon, "/v1/vms", definition, "create-1");

  daemon.kill9();
  daemon.start();
  const auto later = post(daemon, "/v1/vms", definition, "create-1");

  CHECK(first.status == 201);
  CHECK(first.header("Idempotent-Replayed").empty());
  for (const auto& answer : {again, later}) {
    CHECK(answer.status == 201);
    CHECK(answer.header("Idempotent-Replayed") == "true");
    CHECK(answer.text == first.text);
    CHECK(answer.header("Location") == "/v1/vms/web");
    CHECK(answer.header("X-Request-Id") != first.header("X-Request-Id"));
  }
  CHECK(daemon.api().get("/v1/vms").json().at("items").size() == 1);
}

TEST_CASE("another request with the same key is refused") {
  const Daemon daemon;
  REQUIRE(post(daemon, "/v1/vms", daemon.definition("web"), "k").status == 201);

  const auto other = post(daemon, "/v1/vms", daemon.definition("db"), "k");
  const auto elsewhere = post(daemon, "/v1/vms/web/start", {}, "k");

  CHECK(other.status == 422);
  CHECK(other.json().at("code") == "idempotency-mismatch");
  CHECK(elsewhere.status == 422);
  CHECK(daemon.api().state("db").empty());
}

TEST_CASE("a refusal is answered again too, with the request's own id") {
  const Daemon daemon;
  const auto first = post(daemon, "/v1/vms/none/start", {}, "k");
  const auto again = post(daemon, "/v1/vms/none/start", {}, "k");

  CHECK(first.status == 404);
  CHECK(again.status == 404);
  CHECK(again.header("Idempotent-Replayed") == "true");
  CHECK(again.json().at("requestId") == again.header("X-Request-Id"));
}

TEST_CASE("of two at once one is carried out, and both are answered the same") {
  const Daemon daemon;
  const auto definition = daemon.definition("web");
  std::vector<Answer> answers(8);
  std::vector<std::thread> senders;
  for (auto& answer : answers)
    senders.emplace_back([&] { answer = post(daemon, "/v1/vms", definition, "k"); });
  for (auto& sender : senders)
    sender.join();

  int replayed = 0;
  for (const auto& answer : answers) {
    CHECK(answer.status == 201);
    CHECK(answer.text == answers.front().text);
    replayed += answer.header("Idempotent-Replayed") == "true" ? 1 : 0;
  }
  CHECK(replayed == 7);
}

TEST_CASE("who hangs up while he waits, and comes back with his key, begins nothing again") {
  Daemon daemon;
  daemon.script({{"onStop", "ignore"}});
  daemon.createRunning("web");
  const std::string body = R"({"timeout":"1s"})";
  {
    const RawConnection connection(daemon.api().socket());
    connection.send(
        "POST /v1/vms/web/restart HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k\r\nPrefer: wait=30\r\n"
        "Content-Type: application/json\r\nContent-Length: 16\r\n\r\n" +
        body);
    waitUntil("the restart", [&] { return daemon.api().state("web") == "stopping"; });
  }
  const auto operation = daemon.api().get("/v1/operations?vm=web").json().at("items").back().at("id");
  daemon.api().get("/v1/operations/" + operation.get<std::string>() + "/wait?timeout=20s");

  const auto again =
      daemon.api().post("/v1/vms/web/restart", Json::parse(body), {{"Idempotency-Key", "k"}, {"Prefer", "wait=30"}});

  CHECK(again.status == 202);
  CHECK(again.header("Idempotent-Replayed") == "true");
  CHECK(again.json().at("id") == operation);
  CHECK(daemon.api().get("/v1/operations?vm=web").json().at("items").back().at("id") == operation);
}

TEST_CASE("a wait that ends in a failure is forgotten, and the same request is carried out again") {
  Daemon daemon;
  daemon.create("web");
  daemon.script({{"end", {{"after", 0}, {"code", 1}}}});
  const auto start = [&] {
    return daemon.api().post("/v1/vms/web/start", {}, {{"Idempotency-Key", "k"}, {"Prefer", "wait=20"}});
  };
  CHECK(start().status >= 500);
  daemon.script(Json::object());

  const auto again = start();

  CHECK(again.status == 200);
  CHECK(again.header("Idempotent-Replayed").empty());
}

TEST_CASE("two keys are one too many") {
  const Daemon daemon;
  const auto text = daemon.definition("web").dump();
  const RawConnection connection(daemon.api().socket());

  connection.send(
      "POST /v1/vms HTTP/1.1\r\nHost: x\r\nConnection: close\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\n"
      "Content-Type: application/json\r\nContent-Length: " +
      std::to_string(text.size()) + "\r\n\r\n" + text);

  CHECK(connection.readAll().starts_with("HTTP/1.1 400"));
  CHECK(daemon.api().state("web").empty());
}

TEST_CASE("a key of bad form is refused") {
  const Daemon daemon;

  CHECK(post(daemon, "/v1/vms", daemon.definition("web"), std::string(256, 'k')).status == 400);
  CHECK(post(daemon, "/v1/vms", daemon.definition("web"), "a b").status == 400);
  CHECK(daemon.api().state("web").empty());
}
