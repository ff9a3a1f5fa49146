// VMs as resources of the real daemon: changes, conditions, pages, clones; and what a kill leaves of them.
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"

using namespace microvm::test;

namespace {

Answer send(const Daemon& daemon, const std::string& method, const std::string& target, const Json& body,
            const HeaderList& headers = {}) {
  microvm::http::Request request;
  request.method = method;
  request.target = target;
  request.body = body.dump();
  request.headers.set("Content-Type", "application/json");
  for (const auto& [name, value] : headers)
    request.headers.set(name, value);
  return daemon.api().call(std::move(request));
}

Answer patch(const Daemon& daemon, const std::string& name, const Json& body) {
  return send(daemon, "PATCH", "/v1/vms/" + name, body);
}

}  // namespace

TEST_CASE("a patch that takes away what is not there changes nothing") {
  const Daemon daemon;
  daemon.create("web");

  const auto patched = patch(daemon, "web",
                             {{"metadata", {{"labels", {{"none", nullptr}}}}},
                              {"spec", {{"ignition", nullptr}, {"nothing", {{"of", nullptr}}}}}});

  CHECK(patched.status == 422);  // a member that a definition cannot have is one, whatever is in it
  const auto same =
      patch(daemon, "web",
            {{"metadata", {{"labels", {{"none", nullptr}}}}}, {"spec", {{"ignition", nullptr}, {"nothing", nullptr}}}});
  CHECK(same.status == 200);
  CHECK(same.json().at("metadata").at("generation") == 1);
}

TEST_CASE("a change outlives the daemon, and so does what waits for the next start") {
  Daemon daemon;
  const auto id = daemon.createRunning("web").at("metadata").at("id").get<std::string>();
  REQUIRE(patch(daemon, "web", {{"spec", {{"cpus", 3}}}, {"metadata", {{"labels", {{"team", "infra"}}}}}}).status ==
          200);

  daemon.kill9();
  daemon.start();

  auto vm = daemon.api().vm("web");
  CHECK(vm.at("metadata").at("generation") == 2);
  CHECK(vm.at("metadata").at("labels") == Json{{"team", "infra"}});
  CHECK(vm.at("status").at("state") == "running");
  CHECK(vm.at("status").at("pendingRestart") == Json{"/spec/cpus"});
  CHECK(readText(daemon.stateFolderOf(id) + "/vm.json").find("\"cpus\": 3") != std::string::npos);
  REQUIRE(daemon.api().post("/v1/vms/web/restart", {}, {{"Prefer", "wait=20"}}).status == 200);
  CHECK_FALSE(daemon.api().vm("web").at("status").contains("pendingRestart"));
  const auto argv = daemon.calls("start").back().at("argv").get<std::vector<std::string>>();
  CHECK(*(std::find(argv.begin(), argv.end(), "--cpus") + 1) == "3");
}

TEST_CASE("of two that change the same definition one is told") {
  const Daemon daemon;
  daemon.create("web");
  const auto tag = daemon.api().get("/v1/vms/web").header("ETag");

  const auto first = send(daemon, "PUT", "/v1/vms/web", daemon.definition("web", {{"cpus", 2}}), {{"If-Match", tag}});
  const auto second = send(daemon, "PUT", "/v1/vms/web", daemon.definition("web", {{"cpus", 4}}), {{"If-Match", tag}});

  CHECK(first.status == 200);
  CHECK(second.status == 412);
  CHECK(second.json().at("code") == "precondition-failed");
  CHECK(daemon.api().vm("web").at("spec").at("cpus") == 2);
  CHECK(daemon.api().get("/v1/vms/web", {{"If-None-Match", first.header("ETag")}}).status == 304);
}

TEST_CASE("a state that changes is no objection to a change of the definition") {
  const Daemon daemon;
  daemon.create("web");
  const auto tag = daemon.api().get("/v1/vms/web").header("ETag");
  REQUIRE(daemon.api().post("/v1/vms/web/start", {}, {{"Prefer", "wait=20"}}).status == 200);

  const auto changed = send(daemon, "PUT", "/v1/vms/web", daemon.definition("web", {{"cpus", 2}}), {{"If-Match", tag}});

  CHECK_MESSAGE(changed.status == 200, changed.text);
}

TEST_CASE("a renamed VM goes on under its new name, after a kill of the daemon too") {
  Daemon daemon;
  const auto before = daemon.createRunning("web");
  REQUIRE(daemon.api().post("/v1/vms/web/rename", {{"name", "db"}}).status == 200);

  daemon.kill9();
  daemon.start();

  CHECK(daemon.api().get("/v1/vms/web").status == 404);
  const auto after = daemon.api().vm("db");
  CHECK(after.at("metadata").at("id") == before.at("metadata").at("id"));
  CHECK(after.at("status").at("runnerPid") == before.at("status").at("runnerPid"));
}

TEST_CASE("a clone runs beside its VM, on copies") {
  const Daemon daemon;
  const auto disk = daemon.folder().write("disk.img", std::string(1024 * 1024, 'd'));
  daemon.create("web", {{"volumes", {{{"image", disk}}}}});

  const auto cloned = daemon.api().post("/v1/vms/web/clone", {{"name", "web-2"}});

  REQUIRE_MESSAGE(cloned.status == 201, cloned.text);
  const auto copy = cloned.json().at("spec").at("volumes").at(0).at("image").get<std::string>();
  CHECK(copy != disk);
  CHECK(readText(copy) == readText(disk));
  CHECK(daemon.api().post("/v1/vms/web/start", {}, {{"Prefer", "wait=20"}}).status == 200);
  CHECK(daemon.api().post("/v1/vms/web-2/start", {}, {{"Prefer", "wait=20"}}).status == 200);
}

TEST_CASE("a protected VM is deleted only after that is taken back") {
  const Daemon daemon;
  daemon.create("web");
  REQUIRE(patch(daemon, "web", {{"metadata", {{"protect", true}}}}).status == 200);

  const auto refused = daemon.api().remove("/v1/vms/web?force=true");

  CHECK(refused.status == 423);
  CHECK(refused.json().at("code") == "protected");
  REQUIRE(patch(daemon, "web", {{"metadata", {{"protect", nullptr}}}}).status == 200);
  CHECK(daemon.api().remove("/v1/vms/web").status == 204);
}

TEST_CASE("a list is read page by page, some VMs only, some members only") {
  const Daemon daemon;
  for (const auto* name : {"a", "b", "c"})
    daemon.create(name);
  REQUIRE(patch(daemon, "b", {{"metadata", {{"labels", {{"team", "x"}}}}}}).status == 200);

  const auto first = daemon.api().get("/v1/vms?limit=2&fields=metadata.name");
  CHECK(first.json().at("items").dump() == R"([{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}])");
  const auto link = first.header("Link");
  const auto next = daemon.api().get(link.substr(1, link.find('>') - 1)).json();
  CHECK(next.at("items").dump() == R"([{"metadata":{"name":"c"}}])");
  CHECK_FALSE(next.contains("next"));
  const auto labelled = daemon.api().get("/v1/vms?labelSelector=team%3Dx").json().at("items");
  REQUIRE(labelled.size() == 1);
  CHECK(labelled.at(0).at("metadata").at("name") == "b");
}

TEST_CASE("a plan tells what a change would need, and the errors that it would have") {
  const Daemon daemon;
  daemon.create("web");

  const auto plan =
      daemon.api().post("/v1/vms:plan", daemon.definition("web", {{"cpus", 4}, {"stop", {{"timeout", "5s"}}}}));
  const auto refused = daemon.api().post("/v1/vms:plan", daemon.definition("web", {{"cpus", 4'000}}));

  CHECK(plan.json().at("changes").dump() ==
        R"([{"pointer":"/spec/cpus","from":1,"to":4,"effect":"restart"},)"
        R"({"pointer":"/spec/stop/timeout","from":"30s","to":"5s","effect":"live"}])");
  CHECK(refused.status == 422);
}
