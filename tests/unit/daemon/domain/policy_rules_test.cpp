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
