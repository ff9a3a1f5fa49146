#include <doctest/doctest.h>

#include "tests/unit/daemon/service/fixture.hpp"

using namespace microvm;
using namespace microvm::test;

namespace {

constexpr Milliseconds kOften{100};

Probe probeOf(Sign sign) {
  Probe probe(std::move(sign));
  probe.timing.interval = kOften;
  return probe;
}

/// A service with a VM that is not ready before its signs are there.
struct ReadyFixture : Fixture {
  void start(Readiness readiness, Restart restart = {}) {
    Definition wanted = definition();
    wanted.vsock = {{22, VsockDirection::Connect, {}}};
    wanted.readiness = std::move(readiness);
    wanted.restart = restart;
    REQUIRE(run(service.create(wanted, "user")));
    REQUIRE(run(service.start("web", "user")));
    REQUIRE(run(service.wait("web", WaitFor::Running, kLong)));
  }
  Result<VmView> await(const std::string& type, ConditionStatus status, Milliseconds limit = kLong) {
    return run(service.awaitCondition("web", ConditionGoal{type, status}, limit));
  }
  VmCondition now(const std::string& type) const {
    const auto conditions = conditionsIn(*service.find("web"));
    return *findCondition(conditions, type);
  }
  void runUntil(const std::function<bool()>& holds) {
    for (int i = 0; i < 10'000 && !holds(); ++i)
      context.run_one_for(Milliseconds(10));
    REQUIRE(holds());
  }
  /// Of vm.condition, in order.
  std::vector<std::string> changes() {
    std::vector<std::string> details;
    const auto page = run(service.events(EventQuery{}));
    for (const auto& event : page->events) {
      if (event.type == "vm.condition") details.push_back(event.cause.kind + ": " + event.detail);
    }
    return details;
  }
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a VM without probes is ready as soon as it runs, and nobody looks at it") {
  ReadyFixture f;
  f.start({});

  CHECK(f.await("Ready", ConditionStatus::True));
  CHECK(f.probes.asked.empty());
  CHECK(f.host.listeners == 0);
  CHECK(f.changes().empty());
}

TEST_CASE("a console is heard until a line matches, and then no longer") {
  ReadyFixture f;
  f.host.console = "login: of an earlier boot\n";
  f.host.bootOffset = f.host.console.size();
  f.start({Probe(ConsoleSign{"^web login:"})});
  f.runUntil([&] { return f.host.listeners == 1; });
  f.host.say("booting\nweb lo");
  CHECK_FALSE(f.await("Console", ConditionStatus::True, Milliseconds(20)));

  f.host.say("gin: ");
  const auto ready = f.await("Ready", ConditionStatus::True);

  REQUIRE(ready);
  CHECK(f.now("Console").message == R"(the console said "web login: ")");
  f.runUntil([&] { return f.host.listeners == 0; });
  CHECK(f.changes() == Texts{R"(readiness: Console is True: the console said "web login: ")",
                             "readiness: Ready is True: every sign is there"});
}

TEST_CASE("a service is ready when it answers, and is not when it fails often enough") {
  ReadyFixture f;
  f.start({probeOf(HttpSign{"http://127.0.0.1:80/ok"})});
  f.runUntil([&] { return f.now("Http").message == "refused"; });
  CHECK(f.now("Ready").message == "Http: refused");

  f.probes.httpResult = std::string("it answers");
  REQUIRE(f.await("Ready", ConditionStatus::True));
  f.probes.httpResult = Error{Errc::Timeout, "no answer", {}, {}};
  REQUIRE(f.await("Ready", ConditionStatus::False));

  CHECK(f.now("Http").reason == "Failing");
  CHECK(f.service.find("web")->vm.state == State::Running);
  CHECK(f.changes().back() == "readiness: Ready is False: Http: no answer");
}

TEST_CASE("a vsock port is looked for at its socket, a runner at its own") {
  ReadyFixture f;
  f.start({probeOf(RunnerSign{}), probeOf(VsockSign{22})});
  REQUIRE(f.await("Runner", ConditionStatus::True));
  CHECK(f.probes.asked.front().ends_with("/vsock-22.sock"));

  f.probes.vsockResult = std::string("it answers");
  CHECK(f.await("Ready", ConditionStatus::True));
}

TEST_CASE("a paused guest is not ready and not looked at, and is ready again when it goes on") {
  ReadyFixture f;
  f.probes.tcpResult = std::string("it accepts");
  f.start({probeOf(TcpSign{"127.0.0.1:22"})});
  REQUIRE(f.await("Ready", ConditionStatus::True));

  REQUIRE(f.run(f.service.pause("web", "user")));
  REQUIRE(f.await("Ready", ConditionStatus::False));
  CHECK(f.now("Ready").reason == "Paused");
  const auto asked = f.probes.asked.size();
  f.context.run_for(kOften * 3);
  CHECK(f.probes.asked.size() == asked);

  REQUIRE(f.run(f.service.resume("web", "user")));
  CHECK(f.await("Ready", ConditionStatus::True));
  f.runUntil([&] { return f.probes.asked.size() > asked; });
}

TEST_CASE("probes end with the run, and begin anew with the next") {
  ReadyFixture f;
  f.probes.tcpResult = std::string("it accepts");
  f.start({probeOf(TcpSign{"127.0.0.1:22"})});
  REQUIRE(f.await("Ready", ConditionStatus::True));

  f.host.end(0, std::nullopt, "the guest powered off");
  REQUIRE(f.await("Ready", ConditionStatus::False));
  CHECK(f.now("Tcp").reason == "NotRunning");
  CHECK(f.changes().back() == "guest: Ready is False: the guest does not run: the guest powered off");
  const auto asked = f.probes.asked.size();
  f.context.run_for(kOften * 3);
  CHECK(f.probes.asked.size() == asked);

  f.probes.tcpResult = Error{Errc::Unreachable, "refused", {}, {}};
  REQUIRE(f.run(f.service.start("web", "user")));
  f.runUntil([&] { return f.now("Tcp").reason == "Waiting" && f.now("Tcp").message == "refused"; });
}

TEST_CASE("after a restart of the daemon a sign is unknown until it is seen again") {
  ReadyFixture f;
  f.probes.tcpResult = std::string("it accepts");
  f.host.console = "web login:\n";
  f.start({Probe(ConsoleSign{"login"}), probeOf(TcpSign{"127.0.0.1:22"})});
  REQUIRE(f.await("Ready", ConditionStatus::True));
  f.service.shutDown();
  f.probes.tcpResult = Error{Errc::Unreachable, "refused", {}, {}};
  VmService again(f.ports(), f.settings({}));
  REQUIRE(f.run(again.open()));

  const auto view = f.run(again.awaitCondition("web", ConditionGoal{"Console", ConditionStatus::True}, kLong));
  REQUIRE(view);
  CHECK(findCondition(view->conditions, "Tcp")->status == ConditionStatus::Unknown);
  f.probes.tcpResult = std::string("it accepts");
  CHECK(f.run(again.awaitCondition("web", ConditionGoal{}, kLong)));
  again.shutDown();
  f.context.restart();
  f.context.poll();
}

TEST_CASE("a console that has said nothing of interest to a new daemon is waited for") {
  ReadyFixture f;
  f.host.console = "booting\n";
  f.start({Probe(ConsoleSign{"login"})});
  f.service.shutDown();
  VmService again(f.ports(), f.settings({}));
  REQUIRE(f.run(again.open()));

  const auto view = f.run(again.awaitCondition("web", ConditionGoal{"Console", ConditionStatus::False}, kLong));
  REQUIRE(view);
  CHECK(findCondition(view->conditions, "Console")->reason == "Waiting");
  again.shutDown();
  f.context.restart();
  f.context.poll();
}

TEST_CASE("a VM whose sign is gone is restarted, as often as its policy allows") {
  ReadyFixture f;
  f.probes.httpResult = std::string("it answers");
  Probe probe = probeOf(HttpSign{"http://127.0.0.1:80/ok"});
  probe.timing.failureThreshold = 2;
  probe.onFailure = OnProbeFailure::Restart;
  Restart restart;
  restart.policy = RestartPolicy::OnFailure;
  restart.backoff = kOften;
  restart.giveUpAfter = 1;
  f.start({probe}, restart);
  REQUIRE(f.await("Ready", ConditionStatus::True));

  f.probes.httpResult = Error{Errc::Timeout, "no answer", {}, {}};
  f.runUntil([&] { return f.service.find("web")->vm.state == State::Restarting; });
  CHECK(f.service.find("web")->vm.reason.find("it is started again in 100ms (restart 1 of 1)") != std::string::npos);
  f.runUntil([&] { return f.service.find("web")->vm.state == State::Running; });
  // It has never been ready in this run, so nothing more comes of it.
  f.runUntil([&] { return f.now("Http").message == "no answer"; });
  f.probes.httpResult = std::string("it answers");
  REQUIRE(f.await("Ready", ConditionStatus::True));
  f.probes.httpResult = Error{Errc::Timeout, "no answer", {}, {}};
  f.runUntil([&] { return f.service.find("web")->vm.state == State::Stopped; });

  CHECK(contains(f.eventTypes(), "vm.restart-given-up"));
  const auto page = f.run(f.service.events(EventQuery{}));
  const auto asked = std::find_if(page->events.begin(), page->events.end(),
                                  [](const VmEvent& event) { return event.type == "vm.restarting"; });
  REQUIRE(asked != page->events.end());
  CHECK(asked->cause.kind == "readiness");
  CHECK(asked->detail == "Http failed 2 times: no answer");
}

TEST_CASE("other signs are looked for as soon as the definition names them") {
  ReadyFixture f;
  f.start({});
  REQUIRE(f.await("Ready", ConditionStatus::True));
  Draft draft(f.service.find("web")->vm.definition);
  draft.definition.readiness = {probeOf(TcpSign{"127.0.0.1:22"})};

  const auto changed = f.run(f.service.change("web", DefinitionChange{draft, 1}, "user"));

  REQUIRE(changed);
  CHECK(f.now("Ready").status == ConditionStatus::False);
  f.probes.tcpResult = std::string("it accepts");
  CHECK(f.await("Ready", ConditionStatus::True));
}

TEST_CASE("a wait for a condition ends with the start that failed, the delete, or its limit") {
  ReadyFixture f;
  f.start({probeOf(TcpSign{"127.0.0.1:22"})});
  const auto unknown = f.await("Http", ConditionStatus::True);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == Errc::Usage);
  CHECK(unknown.error().detail == "VM web has no condition Http; it has Running, Tcp, Ready");

  f.runUntil([&] { return f.now("Tcp").message == "refused"; });
  const auto late = f.await("Ready", ConditionStatus::True, Milliseconds(20));
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::Timeout);
  CHECK(late.error().detail == "VM web: Ready is False after 20ms: Tcp: refused");

  f.host.end(std::nullopt, 11, "vfkit was ended by signal 11");
  const auto failed = f.await("Ready", ConditionStatus::True);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == Errc::RunnerFailed);
}
