#include "daemon/wire/definition_diff.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace microvm;

namespace {

using Json = nlohmann::ordered_json;

Definition web() {
  Definition definition;
  definition.name = "web";
  definition.boot = LinuxBoot{"/vmlinuz", {}, {"quiet"}};
  return definition;
}

std::string text(const Definition& before, const Definition& after) {
  std::string all;
  for (const auto& change : differences(before, after))
    all += change.pointer + " " + change.from + " " + change.to + " " + std::string(toText(change.effect)) + "\n";
  return all;
}

Json patched(const char* target, const char* patch) {
  return mergePatched(Json::parse(target), Json::parse(patch));
}

}  // namespace

TEST_CASE("definitions are compared to their innermost members") {
  Definition after = web();
  after.cpus = 4;
  after.labels["a/b"] = "c";
  after.stop.escalate = false;
  std::get<LinuxBoot>(after.boot).cmdline = {"quiet", "debug"};
  after.ignition = "/ignition";

  CHECK(text(web(), web()).empty());
  CHECK(text(web(), after) ==
        "/metadata/labels/a~1b null \"c\" live\n"
        "/spec/cpus 1 4 restart\n"
        "/spec/boot/linux/cmdline/1 null \"debug\" restart\n"
        "/spec/stop/escalate true false live\n"
        "/spec/ignition null \"/ignition\" restart\n");
}

TEST_CASE("what is pending is what needs another start") {
  Definition after = web();
  after.cpus = 4;
  after.restart.policy = RestartPolicy::Always;

  CHECK(membersPending(web(), after) == std::vector<std::string>{"/spec/cpus"});
  CHECK(changeText(web(), after) == "/spec/cpus and 1 more");
}

TEST_CASE("a merge patch does what RFC 7396 shows") {
  struct Row {
    const char* target;
    const char* patch;
    const char* result;
  };
  for (const auto& [target, patch, result] : std::initializer_list<Row>{
           {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
           {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
           {R"({"a":"b"})", R"({"a":null})", R"({})"},
           {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
           {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
           {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
           {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
           {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
           {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
           {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
           {R"({"a":"foo"})", R"(null)", R"(null)"},
           {R"({"a":"foo"})", R"("bar")", R"("bar")"},
           {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
           {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
           {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
       }) {
    CAPTURE(patch);
    CHECK(patched(target, patch) == Json::parse(result));
  }
}
