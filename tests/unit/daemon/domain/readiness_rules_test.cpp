#include "daemon/domain/readiness_rules.hpp"

#include <doctest/doctest.h>

using namespace microvm;

namespace {

using Texts = std::vector<std::string>;

Texts complaintsOf(const Definition& definition) {
  std::vector<FieldError> errors;
  checkReadiness(definition, errors);
  Texts texts;
  for (const FieldError& error : errors)
    texts.push_back(error.pointer + " " + error.detail);
  return texts;
}

Texts readyBy(Sign sign) {
  Definition definition;
  definition.vsock = {{22, VsockDirection::Connect, {}}, {23, VsockDirection::Listen, {}}};
  definition.readiness = {Probe(std::move(sign))};
  return complaintsOf(definition);
}

Texts timedBy(const ProbeTiming& timing) {
  Definition definition;
  Probe probe{Sign(TcpSign{"127.0.0.1:22"})};
  probe.timing = timing;
  definition.readiness = {probe};
  return complaintsOf(definition);
}

}  // namespace

TEST_CASE("readiness is a sign that can be looked for") {
  CHECK(readyBy(RunnerSign{}).empty());
  CHECK(readyBy(ConsoleSign{"login:"}).empty());
  CHECK(readyBy(VsockSign{22}).empty());
  CHECK(readyBy(TcpSign{"192.168.64.5:22"}).empty());
  CHECK(readyBy(TcpSign{"[fe80::1]:22"}).empty());
  CHECK(readyBy(HttpSign{"http://127.0.0.1:8080/healthz"}).empty());

  CHECK(readyBy(ConsoleSign{""}) == Texts{"/spec/readiness/console \"\" is not one line of text"});
  CHECK(readyBy(ConsoleSign{"a\nb"}).size() == 1);
  CHECK(readyBy(ConsoleSign{std::string(1025, 'a')}).size() == 1);
  CHECK(readyBy(TcpSign{"web:22"}) == Texts{"/spec/readiness/tcp \"web:22\" is no address; write ADDRESS:PORT with a "
                                            "number or localhost, such as 192.168.64.5:22"});
  CHECK(readyBy(HttpSign{"https://1.2.3.4/"}) ==
        Texts{"/spec/readiness/http \"https://1.2.3.4/\" cannot be asked; write "
              "http://ADDRESS:PORT/PATH with a number or localhost"});
}

TEST_CASE("a pattern that could not be matched in time and space is refused") {
  CHECK(readyBy(ConsoleSign{"a(b"})[0].starts_with(
      "/spec/readiness/console \"a(b\" is no extended regular expression: "));
  CHECK(readyBy(ConsoleSign{"(a)\\1"})[0].find("back-references are not taken") != std::string::npos);
  CHECK(readyBy(ConsoleSign{"((a{1,100}){1,100}){1,100}"})[0].find("its repeats make more than 1000 together") !=
        std::string::npos);
  CHECK(readyBy(ConsoleSign{"a{99999999999999999999999}"}).size() == 1);
  for (const char* fine : {"a{3}", "a{1,10}b{5}", "\\{100000", "[{]", "\\\\1", "^web login: $"}) {
    CAPTURE(fine);
    CHECK(readyBy(ConsoleSign{fine}).empty());
  }
}

TEST_CASE("a vsock port is one of the VM's, to which the host connects") {
  CHECK(
      readyBy(VsockSign{24}) ==
      Texts{"/spec/readiness/vsock 24 is none of the VM's vsock ports; add { port: 24, direction: connect } to vsock"});
  CHECK(readyBy(VsockSign{23}) ==
        Texts{"/spec/readiness/vsock 23 is a port that the guest connects to; name one of direction connect"});
}

TEST_CASE("looks are bounded") {
  CHECK(timedBy({Milliseconds(3'600'000), Milliseconds(100), Milliseconds(60'000), 100, 100}).empty());
  CHECK(timedBy({Milliseconds(-1), Milliseconds(99), Milliseconds(60'001), 0, 101}) ==
        Texts{"/spec/readiness/tcp/initialDelay -1ms is out of range; give 0s to 1h",
              "/spec/readiness/tcp/interval 99ms is out of range; give 100ms to 1h",
              "/spec/readiness/tcp/timeout 60001ms is out of range; give 100ms to 1m",
              "/spec/readiness/tcp/failureThreshold 0 is out of range; give 1 to 100",
              "/spec/readiness/tcp/successThreshold 101 is out of range; give 1 to 100"});
}

TEST_CASE("a restart on failure needs a policy that says how often") {
  Definition definition;
  Probe probe{Sign(RunnerSign{})};
  probe.onFailure = OnProbeFailure::Restart;
  definition.readiness = {probe};

  CHECK(complaintsOf(definition) == Texts{"/spec/readiness/runner/onFailure needs a restart.policy, which says how "
                                          "often; set it to on-failure or always"});
  definition.restart.policy = RestartPolicy::OnFailure;
  CHECK(complaintsOf(definition).empty());
}
