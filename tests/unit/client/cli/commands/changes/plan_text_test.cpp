#include "client/cli/commands/changes/plan_text.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace microvm::cli;

namespace {

using Json = nlohmann::ordered_json;

}  // namespace

TEST_CASE("a plan is told line by line, with when each change counts") {
  const auto plan = Json::parse(R"({"vm":"web","action":"change","changes":[
    {"pointer":"/spec/cpus","from":2,"to":4,"effect":"restart"},
    {"pointer":"/metadata/labels/team","from":null,"to":"infra","effect":"live"},
    {"pointer":"/spec/volumes/0/fsType","from":"ext4","to":null,"effect":"recreate"}],
    "warnings":[{"pointer":"/spec/volumes/0","detail":"stays"}]})");

  CHECK(planText(plan) ==
        "web: 3 changes\n"
        "  /spec/cpus: 2 -> 4 (at the next start)\n"
        "  /metadata/labels/team: \"infra\" (new, at once)\n"
        "  /spec/volumes/0/fsType: \"ext4\" (gone, only for what is made anew)\n"
        "  warning: /spec/volumes/0: stays\n");
}

TEST_CASE("a plan without changes says what it is") {
  CHECK(planText(Json::parse(R"({"vm":"web","action":"create","changes":[],"warnings":[]})")) == "web: is created\n");
  CHECK(planText(Json::parse(R"({"vm":"web","action":"none","changes":[],"warnings":[]})")) == "web: no change\n");
}

TEST_CASE("what is pending is named") {
  CHECK(pendingText(Json::parse(R"({"status":{"pendingRestart":["/spec/cpus","/spec/memory"]}})")) ==
        "/spec/cpus, /spec/memory");
  CHECK(pendingText(Json::parse(R"({"status":{}})")).empty());
}
