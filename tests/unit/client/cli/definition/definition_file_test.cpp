#include "client/cli/definition/definition_file.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace microvm;
using namespace microvm::cli;
using Json = nlohmann::ordered_json;

namespace {

Json yaml(std::string_view text) {
  auto json = yamlToJson(text);
  REQUIRE(json);
  return *json;
}

std::string refusal(std::string_view text) {
  const auto json = yamlToJson(text);
  REQUIRE_FALSE(json);
  return json.error().detail;
}

}  // namespace

TEST_CASE("plain scalars are typed by the core schema and quoted ones stay text") {
  const auto json = yaml(R"(
a: [1, -2, +3, 0x1f, 0o17, 1.5, 1e3, .5, 18446744073709551615]
b: [true, False, null, ~]
c: ["1", 'true', no, yes, on, 02:00:00:01:01:01, 512MiB, 1.2.3, "", 0x, 1_000]
d: !!str 12
e:
)");

  CHECK(json["a"].dump() == "[1,-2,3,31,15,1.5,1000.0,0.5,18446744073709551615]");
  CHECK(json["b"].dump() == "[true,false,null,null]");
  CHECK(json["c"].dump() == R"(["1","true","no","yes","on","02:00:00:01:01:01","512MiB","1.2.3","","0x","1_000"])");
  CHECK(json["d"] == "12");
  CHECK(json["e"].is_null());
}

TEST_CASE("members stay in their order") {
  CHECK(yaml("b: 1\na: {d: 2, c: 3}\n").dump() == R"({"b":1,"a":{"d":2,"c":3}})");
}

TEST_CASE("what a definition must not have is refused with its place") {
  CHECK(refusal("a: &x 1\nb: *x\n").starts_with("1:"));
  CHECK(refusal("a: 1\nb: 2\na: 3\n") == "3:1: \"a\" stands here twice");
  CHECK(refusal("a: !!binary eA==\n").find("tag") != std::string::npos);
  CHECK(refusal("a: .nan\n").find(".nan") != std::string::npos);
  CHECK(refusal("[a, b]: 1\n").find("name") != std::string::npos);
  CHECK(refusal("a: 1\n---\nb: 2\n") == "2:1: there is more than one document in the text");
  CHECK(refusal("") == "the text is empty");
  CHECK(refusal(std::string_view("a: 1\nb\0c", 8)) == "2:2: there is a NUL byte in the text");
  CHECK(refusal("a: [1, 2\n").find(':') != std::string::npos);
  CHECK(refusal("a: \"\\q\"\n").starts_with("1:"));
}

TEST_CASE("size, depth and number of values are bounded") {
  CHECK(refusal(std::string(3 * 1024 * 1024, ' ')).find("2 MiB") != std::string::npos);
  CHECK(refusal("a: " + std::string(40, '[') + std::string(40, ']')).find("levels") != std::string::npos);
  CHECK(refusal("a: " + std::string(100'000, '[')).find("nested too deeply") != std::string::npos);
  CHECK(refusal(std::string(100'000, '[')).find("nested too deeply") != std::string::npos);
  CHECK(refusal(std::string(100'000, '{')).find("nested too deeply") != std::string::npos);
  std::string many = "a: [";
  for (int i = 0; i < 20'001; ++i)
    many += "1,";
  CHECK(refusal(many + "]").find("20000 values") != std::string::npos);
}

TEST_CASE("name and labels go to metadata and the rest to spec") {
  const auto definition = parseDefinition("name: web\nlabels: {team: infra}\ncpus: 2\n", "web.yaml");

  REQUIRE(definition);
  CHECK(definition->dump() == R"({"metadata":{"name":"web","labels":{"team":"infra"}},"spec":{"cpus":2}})");
}

TEST_CASE("JSON is read as JSON, and the API's own form loses what the daemon gives") {
  const auto plain = parseDefinition(R"({"name":"web","cpus":2})", "-");
  const auto api = parseDefinition(
      R"({"metadata":{"id":"1","name":"web","generation":3,"createdAt":"x","updatedAt":"y"},"spec":{"cpus":2},
          "status":{"state":"running"}})",
      "-");

  REQUIRE(plain);
  REQUIRE(api);
  CHECK(*plain == *api);
}

TEST_CASE("what the server does not write stays in the API's form, to be refused") {
  const auto api = parseDefinition(
      "apiVersion: v9\nmetadata: {name: web, uid: 1}\nspec: {cpus: 2}\ncpus: 64\nstatus: {x: 1}\n", "web.yaml");

  REQUIRE(api);
  CHECK(api->dump() == R"({"apiVersion":"v9","metadata":{"name":"web","uid":1},"spec":{"cpus":2},"cpus":64})");
  CHECK(parseDefinition("metadata: web\nspec: {}\n", "web.yaml")->dump() == R"({"metadata":"web","spec":{}})");
}

TEST_CASE("paths become absolute by the folder and by home") {
  Json definition = Json::parse(R"({"spec":{"boot":{"linux":{"kernel":"./bzImage","initrd":"/i"}},
    "volumes":[{"image":"../root.img"},{"image":7},{}],"shares":[{"source":"~/src"},{"source":"~"}]}})");

  resolvePaths(definition, "/vms/web", "/homes/anna");

  CHECK(definition["spec"]["boot"]["linux"].dump() == R"({"kernel":"/vms/web/bzImage","initrd":"/i"})");
  CHECK(definition["spec"]["volumes"].dump() == R"([{"image":"/vms/root.img"},{"image":7},{}])");
  CHECK(definition["spec"]["shares"].dump() == R"([{"source":"/homes/anna/src"},{"source":"/homes/anna"}])");
}

TEST_CASE("a definition that is no mapping is refused") {
  CHECK_FALSE(parseDefinition("- a\n", "x.yaml"));
  CHECK_FALSE(parseDefinition("web", "x"));
}

TEST_CASE("every path of the host is made absolute, and none of the guest") {
  auto definition = parseDefinition(R"(
boot: { efi: { variableStore: efi.vars } }
volumes: [ { image: a.img, mountPoint: /data }, { device: dev/disk } ]
shares: [ { tag: src, source: ~/src, mountPoint: /src } ]
interfaces: [ { type: unixgram, path: net.sock } ]
vsock: [ { port: 22, direction: listen, socket: n.sock } ]
cloudInit: { userData: u, metaData: m, networkConfig: n }
ignition: c.ign
)",
                                    "web.yaml")
                        .value();

  resolvePaths(definition, "/vms", "/home/me");

  CHECK(definition["spec"] == Json::parse(R"({"boot":{"efi":{"variableStore":"/vms/efi.vars"}},
    "volumes":[{"image":"/vms/a.img","mountPoint":"/data"},{"device":"/vms/dev/disk"}],
    "shares":[{"tag":"src","source":"/home/me/src","mountPoint":"/src"}],
    "interfaces":[{"type":"unixgram","path":"/vms/net.sock"}],
    "vsock":[{"port":22,"direction":"listen","socket":"/vms/n.sock"}],
    "cloudInit":{"userData":"/vms/u","metaData":"/vms/m","networkConfig":"/vms/n"},"ignition":"/vms/c.ign"})"));
}
