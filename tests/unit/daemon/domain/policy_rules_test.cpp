#include "daemon/domain/policy_rules.hpp"

#include <functional>

#include <doctest/doctest.h>

using namespace microvm;

namespace {

std::vector<std::string> after(const std::function<void(Definition&)>& change) {
  Definition definition;
  definition.name = "web";
  change(definition);
  std::vector<FieldError> errors;
  checkPolicies(definition, errors);
  std::vector<std::string> texts;
  for (const FieldError& error : errors)
    texts.push_back(error.pointer + " " + error.detail);
  return texts;
}

using Texts = std::vector<std::string>;

Texts readyBy(Readiness readiness) {
  return after([&](Definition& d) { d.readiness = std::move(readiness); });
}

}  // namespace

TEST_CASE("the defaults are good") {
  CHECK(after([](Definition&) {}).empty());
}

TEST_CASE("restarts are bounded") {
  CHECK(after([](Definition& d) { d.restart.backoff = Milliseconds(99); }) ==
        Texts{"/spec/restart/backoff 99ms is out of range; give 100ms to 24h"});
  CHECK(after([](Definition& d) { d.restart.maxBackoff = Milliseconds(500); }) ==
        Texts{"/spec/restart/maxBackoff 500ms is out of range; give the backoff of 1s at least, and 24h at most"});
  CHECK(after([](Definition& d) { d.restart.within = Milliseconds(0); }) ==
        Texts{"/spec/restart/within 0s is out of range; give 100ms to 24h"});
  CHECK(after([](Definition& d) { d.restart.giveUpAfter = 0; }) ==
        Texts{"/spec/restart/giveUpAfter 0 is out of range; give 1 to 1000"});
}

TEST_CASE("autostart waits for others, within bounds") {
  CHECK(after([](Definition& d) { d.autostart = {true, 10, Milliseconds(5000), {"db", "cache-1"}}; }).empty());
  CHECK(after([](Definition& d) {
          d.autostart = {true, 1001, Milliseconds(-1), {"db", "No", "web"}};
        }) == Texts{"/spec/autostart/priority 1001 is out of range; give -1000 to 1000",
                    "/spec/autostart/delay -1ms is out of range; give 0s to 24h",
                    "/spec/autostart/startAfter/1 \"No\" cannot be the name of a VM",
                    "/spec/autostart/startAfter/2 a VM cannot wait for itself"});
}

TEST_CASE("readiness is a sign that can be looked for") {
  CHECK(readyBy(ConsoleReadiness{"login:"}).empty());
  CHECK(readyBy(VsockReadiness{22}).empty());
  CHECK(readyBy(TcpReadiness{"192.168.64.5:22"}).empty());
  CHECK(readyBy(TcpReadiness{"[fe80::1]:22"}).empty());
  CHECK(readyBy(HttpReadiness{"http://127.0.0.1:8080/healthz"}).empty());

  CHECK(readyBy(ConsoleReadiness{""}) == Texts{"/spec/readiness/console \"\" is not one line of text"});
  CHECK(readyBy(ConsoleReadiness{"a(b"})[0].starts_with(
      "/spec/readiness/console \"a(b\" is no extended regular expression: "));
  CHECK(readyBy(VsockReadiness{0}) == Texts{"/spec/readiness/vsock 0 is no vsock port; give 1 to 4294967294"});
  for (const char* address : {"22", ":22", "host", "host:", "host:0", "host:65536", "a b:1", "::1:22", "http://x:1"}) {
    CAPTURE(address);
    CHECK(readyBy(TcpReadiness{address}).size() == 1);
  }
  for (const char* url : {"https://x", "http://", "http:///x", "x", "http://a b"}) {
    CAPTURE(url);
    CHECK(readyBy(HttpReadiness{url}).size() == 1);
  }
}
