// What the API refuses, each with the member, the reason and no trace left.
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"

using namespace microvm::test;
namespace fs = std::filesystem;

namespace {

bool hasPointer(const Json& problem, const std::string& pointer) {
  for (const auto& error : problem.value("errors", Json::array())) {
    if (error.at("pointer") == pointer && !error.at("detail").get<std::string>().empty()) return true;
  }
  return false;
}

void checkNothingMade(const Daemon& daemon) {
  CHECK(daemon.api().get("/v1/vms").json().at("items").empty());
  const auto vms = daemon.stateFolder() + "/vms";
  CHECK((!fs::exists(vms) || fs::is_empty(vms)));
  CHECK(daemon.api().get("/v1/events").json().at("items").empty());
}

struct Refusal {
  Json body;
  std::string pointer;
};

}  // namespace

TEST_CASE("each unusable member is named by its pointer, and nothing is made") {
  const Daemon daemon;
  const auto base = daemon.definition("web");
  const auto with = [&](const std::string& pointer, const Json& value) {
    auto body = base;
    body[Json::json_pointer(pointer)] = value;
    return Refusal{body, pointer};
  };
  const std::vector<Refusal> refusals{
      with("/metadata/name", "Web"),
      with("/metadata/name", std::string(64, 'a')),
      with("/metadata/name", "../../etc"),
      with("/metadata/surprise", 1),
      with("/spec/surprise", true),
      with("/spec/cpus", 0),
      with("/spec/cpus", "two"),
      with("/spec/memory", "64"),
      with("/spec/memory", "a lot"),
      with("/spec/boot/linux/kernel", "relative/kernel"),
      with("/spec/boot/linux/kernel", "/nowhere/kernel"),
      with("/spec/boot/linux/initrd", "/nowhere/initrd"),
      with("/spec/stop", Json{{"timeout", "soon"}}),
      with("/spec/runner", "vmware"),
  };

  for (const auto& refusal : refusals) {
    const auto answer = daemon.api().post("/v1/vms", refusal.body);
    CAPTURE(answer.text);
    CHECK(answer.status == 422);
    CHECK(answer.header("Content-Type").rfind("application/problem+json", 0) == 0);
    const bool named =
        hasPointer(answer.json(), refusal.pointer) || hasPointer(answer.json(), refusal.pointer + "/timeout");
    CHECK_MESSAGE(named, refusal.pointer);
  }
  checkNothingMade(daemon);
}

TEST_CASE("a missing image and a missing share are both named at once") {
  const Daemon daemon;

  const auto answer = daemon.api().post(
      "/v1/vms", daemon.definition("web", {{"volumes", {{{"image", "/nowhere/disk.img"}}}},
                                           {"shares", {{{"tag", "src"}, {"source", "/nowhere/src"}}}}}));

  CHECK(answer.status == 422);
  CHECK(hasPointer(answer.json(), "/spec/volumes/0/image"));
  CHECK(hasPointer(answer.json(), "/spec/shares/0/source"));
  checkNothingMade(daemon);
}

TEST_CASE("a name that is taken is refused and the first VM stays") {
  const Daemon daemon;
  const auto first = daemon.create("web");

  const auto second = daemon.api().post("/v1/vms", daemon.definition("web"));

  CHECK(second.status == 409);
  CHECK(second.json().at("code") == "already-exists");
  CHECK(daemon.api().vm("web") == first);
}

TEST_CASE("an image that another running VM writes is refused at the start") {
  const Daemon daemon;
  const auto disk = daemon.folder().write("disk.img", std::string(4096, 'x'));
  const Json spec{{"volumes", {{{"image", disk}}}}};
  daemon.createRunning("one", spec);
  daemon.create("two", spec);

  const auto answer = daemon.api().post("/v1/vms/two/start");

  CHECK(answer.status == 409);
  CHECK(answer.json().at("code") == "in-use");
  CHECK(answer.text.find("one") != std::string::npos);
}

TEST_CASE("bodies that are no JSON are malformed") {
  const Daemon daemon;
  for (const auto* body : {"", "{", "[1,2", "\"web\"", "nonsense", "{\"a\":1,\"a\":2}", "\xff\xfe"}) {
    microvm::http::Request request;
    request.method = "POST";
    request.target = "/v1/vms";
    request.headers.set("Content-Type", "application/json");
    request.body = body;
    const auto answer = daemon.api().call(std::move(request));
    CAPTURE(answer.text);
    CHECK((answer.status == 400 || answer.status == 422));
    CHECK_FALSE(answer.json().at("code").get<std::string>().empty());
  }
  checkNothingMade(daemon);
}

TEST_CASE("a body over 1 MiB is too large and the daemon goes on") {
  const Daemon daemon;
  auto body = daemon.definition("web");
  body["metadata"]["labels"]["x"] = std::string(3 * 1024 * 1024, 'x');

  const auto answer = daemon.api().post("/v1/vms", body);

  CHECK(answer.status == 413);
  checkNothingMade(daemon);
}

TEST_CASE("JSON that is deeper than any definition is refused") {
  const Daemon daemon;
  microvm::http::Request request;
  request.method = "POST";
  request.target = "/v1/vms";
  request.headers.set("Content-Type", "application/json");
  request.body = std::string(200'000, '[');

  CHECK(daemon.api().call(std::move(request)).status >= 400);
  CHECK(daemon.api().get("/healthz").status == 200);
}

TEST_CASE("unknown routes, verbs and query members are told apart") {
  const Daemon daemon;
  const auto& api = daemon.api();

  CHECK(api.get("/v1/nothing").status == 404);
  CHECK(api.get("/v1/vms/none").json().at("code") == "not-found");
  CHECK(api.remove("/v1/events").status == 405);
  CHECK(api.remove("/v1/events").header("Allow").find("GET") != std::string::npos);
  CHECK(api.get("/v1/vms?surprise=1").status == 400);
  CHECK(api.get("/v1/vms/web/wait?for=never").status >= 400);
  CHECK_FALSE(api.get("/v1/vms/none").header("X-Request-Id").empty());
}

TEST_CASE("a wait that takes too long is a timeout") {
  const Daemon daemon;
  daemon.create("web");

  const auto answer = daemon.api().get("/v1/vms/web/wait?for=running&timeout=50ms");

  CHECK(answer.status == 504);
  CHECK(answer.json().at("code") == "timeout");
}

TEST_CASE("a file that no backup can be is refused by its member") {
  const Daemon daemon;

  for (const std::string& file :
       {std::string("relative"), std::string("/tmp/a\0b", 8), "/tmp/" + std::string(250, 'a')}) {
    const auto answer = daemon.api().post("/v1/system/backup", {{"file", file}});
    CHECK(answer.status == 422);
    CHECK(answer.json().at("errors").at(0).at("pointer") == "/file");
  }
  const auto nowhere = daemon.api().post("/v1/system/backup", {{"file", daemon.folder() / "none/copy.db"}});
  CHECK(nowhere.status == 404);
  CHECK(nowhere.json().at("detail").get<std::string>().find(daemon.folder() / "none/copy.db: ") != std::string::npos);
}
