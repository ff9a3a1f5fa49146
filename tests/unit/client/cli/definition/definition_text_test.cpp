#include "client/cli/definition/definition_text.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "client/cli/definition/definition_file.hpp"

using namespace microvm::cli;
using Json = nlohmann::ordered_json;

namespace {

Json readBack(const Json& vm) {
  const auto text = definitionText(vm);
  CAPTURE(text);
  const auto read = parseDefinition(text, "web.yaml");
  REQUIRE(read);
  return *read;
}

}  // namespace

TEST_CASE("a VM is written as people write its definition") {
  const auto vm = Json::parse(R"({
    "metadata": {"id": "1", "name": "web", "labels": {"team": "infra"}, "protect": false, "generation": 3},
    "spec": {"cpus": 2, "memory": "1GiB",
             "boot": {"linux": {"kernel": "/images/vmlinuz", "cmdline": ["root=/dev/vda", "rw"]}},
             "volumes": [{"image": "/images/root.img", "readOnly": true}], "shares": [],
             "interfaces": [{"type": "nat", "mac": "02:00:00:01:01:01"}]},
    "status": {"state": "running"}})");

  CHECK(definitionText(vm) ==
        "name: web\n"
        "labels:\n"
        "  team: infra\n"
        "protect: false\n"
        "cpus: 2\n"
        "memory: 1GiB\n"
        "boot:\n"
        "  linux:\n"
        "    kernel: /images/vmlinuz\n"
        "    cmdline: [root=/dev/vda, rw]\n"
        "volumes:\n"
        "  - { image: /images/root.img, readOnly: true }\n"
        "shares: []\n"
        "interfaces:\n"
        "  - { type: nat, mac: \"02:00:00:01:01:01\" }\n");
}

TEST_CASE("whatever stands in a definition is read back as it was") {
  const Json strange{"",     " ",       "true",  "no",   "null",     "~",       "12",          "0x1f", "1e5",
                     "- a",  "a: b",    "a#b",   "# c",  "[x]",      "{y}",     "quote\"d",    "\\",   "line\nbreak",
                     "\tx",  "&anchor", "*star", "!tag", "%percent", "@at",     "caf\xc3\xa9", "'",    "a, b",
                     ".inf", "-",       "?",     ": x",  "02:00",    "8GiB",    "/dev/vda",    "1.5",  "_",
                     "---",  "...",     "=",     "<<",   "a'b",      "http://", "x=1,y=2",     "|",    ">"};
  Json vm{{"metadata", {{"name", "web"}, {"labels", Json::object()}}},
          {"spec", {{"cpus", 2}, {"balloon", true}, {"extraArgs", strange}, {"boot", {{"efi", Json::object()}}}}}};
  for (const auto& text : strange)
    vm["metadata"]["labels"]["key of " + text.get<std::string>()] = text;

  const auto read = readBack(vm);

  CHECK(read == vm);
}

TEST_CASE("a long list has a line for each item") {
  Json arguments = Json::array();
  for (int i = 0; i < 40; ++i)
    arguments.push_back("argument-" + std::to_string(i));
  const Json vm{{"metadata", {{"name", "web"}}}, {"spec", {{"extraArgs", arguments}}}};

  CHECK(definitionText(vm).find("extraArgs:\n  - argument-0\n  - argument-1\n") != std::string::npos);
  CHECK(readBack(vm) == vm);
}
