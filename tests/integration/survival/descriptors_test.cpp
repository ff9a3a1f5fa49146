// A daemon without free descriptors waits for some and goes on.
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"
#include "tests/support/processes.hpp"

using namespace microvm::test;

namespace {

const Launch kFewDescriptors{{}, "ulimit -n 48"};

}  // namespace

TEST_CASE("clients beyond the limit of open files wait, and are served when others have gone") {
  Daemon daemon;
  daemon.terminate();
  daemon.start(kFewDescriptors);
  daemon.createRunning("web");

  {
    std::vector<RawConnection> idle;
    for (int i = 0; i < 60; ++i)
      idle.emplace_back(daemon.api().socket());
    waitUntil("the limit", [&] { return daemon.log().find("could not be accepted") != std::string::npos; });
    // The oldest has a descriptor and is served as before.
    REQUIRE(idle.front().send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    CHECK(idle.front().readAll().find("200 OK") != std::string::npos);
  }

  CHECK(daemon.api().get("/healthz").status == 200);
  CHECK(daemon.api().state("web") == "running");
  CHECK(daemon.api().post("/v1/vms/web/stop", {}, {{"Prefer", "wait=20"}}).status == 200);
}

TEST_CASE("a start without descriptors is refused with the reason, and works later") {
  Daemon daemon;
  daemon.terminate();
  daemon.start(kFewDescriptors);
  daemon.create("web");
  // On a connection of before; the others take what is left.
  const RawConnection asker(daemon.api().socket());
  REQUIRE(asker.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
  REQUIRE_FALSE(asker.read(15).empty());
  {
    std::vector<RawConnection> idle;
    for (int i = 0; i < 60; ++i)
      idle.emplace_back(daemon.api().socket());
    waitUntil("the limit", [&] { return daemon.log().find("could not be accepted") != std::string::npos; });
    REQUIRE(asker.send("POST /v1/vms/web/start HTTP/1.1\r\nHost: x\r\nPrefer: wait=20\r\nConnection: close\r\n\r\n"));
    const auto answer = asker.readAll();
    CHECK(answer.find("too many open files") != std::string::npos);
  }

  CHECK(daemon.api().state("web") == "stopped");
  CHECK(daemon.api().post("/v1/vms/web/start", {}, {{"Prefer", "wait=20"}}).status == 200);
}

TEST_CASE("a runner that dies while there are no descriptors is seen") {
  Daemon daemon;
  daemon.terminate();
  daemon.start(kFewDescriptors);
  daemon.script({{"end", {{"on", "crash"}, {"code", 3}}}});
  const int runner = daemon.createRunning("web").at("status").at("runnerPid");
  {
    std::vector<RawConnection> idle;
    for (int i = 0; i < 60; ++i)
      idle.emplace_back(daemon.api().socket());
    waitUntil("the limit", [&] { return daemon.log().find("could not be accepted") != std::string::npos; });
    daemon.give("crash");
    waitUntil("the runner to end", [&] { return !runs(runner); });
  }

  CHECK(daemon.api().waitFor("web", "stopped").at("status").at("lastExit").at("code") == 3);
}
