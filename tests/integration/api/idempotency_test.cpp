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

TEST_CASE("a key of bad form is refused") {
  const Daemon daemon;

  CHECK(post(daemon, "/v1/vms", daemon.definition("web"), std::string(256, 'k')).status == 400);
  CHECK(post(daemon, "/v1/vms", daemon.definition("web"), "a b").status == 400);
  CHECK(daemon.api().state("web").empty());
}
