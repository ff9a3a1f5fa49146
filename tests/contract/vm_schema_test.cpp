// schemas/vm.schema.json against what the daemon reads, and against openapi.yaml.
#include <cstdlib>
#include <fstream>

#include <doctest/doctest.h>

#include "daemon/wire/definition_json.hpp"
#include "tests/support/openapi/document.hpp"

using namespace microvm;
using test::Json;
using test::OpenApi;

namespace {

std::string sourcePath(const std::string& path) {
  return std::string(std::getenv("MICROVM_SOURCE")) + "/" + path;
}

const OpenApi& schema() {
  static const OpenApi document(sourcePath("schemas/vm.schema.json"));
  return document;
}

const Json& corpus() {
  static const Json json = [] {
    std::ifstream file(sourcePath("tests/contract/definitions.json"));
    return Json::parse(file);
  }();
  return json;
}

/// An entry of the corpus: its patch on the base.
Json definitionOf(const Json& entry) {
  Json definition = corpus().at("base");
  definition.merge_patch(entry.at("patch"));
  return definition;
}

bool schemaTakes(const Json& definition) {
  return schema().complaints(definition, schema().root(), false).empty();
}

/// The API's form: name, labels and protect are metadata.
bool readerTakes(const Json& definition) {
  nlohmann::ordered_json metadata = nlohmann::ordered_json::object();
  nlohmann::ordered_json spec = nlohmann::ordered_json::object();
  for (const auto& [name, value] : definition.items())
    (name == "name" || name == "labels" || name == "protect" ? metadata : spec)[name] =
        nlohmann::ordered_json::parse(value.dump());
  nlohmann::ordered_json json;
  json["metadata"] = metadata;
  json["spec"] = spec;
  return definitionFromJson(json).has_value();
}

/// With references as openapi.yaml has them.
Json asComponent(const Json& value) {
  return Json::parse([text = value.dump()]() mutable {
    const std::string from = "#/$defs/";
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at))
      text.replace(at, from.size(), "#/components/schemas/");
    return text;
  }());
}

}  // namespace

TEST_CASE("schema and reader take what is good") {
  for (const auto& entry : corpus().at("good")) {
    CAPTURE(entry.dump());
    CHECK(schema().complaints(definitionOf(entry), schema().root(), false) == std::vector<std::string>{});
    CHECK(readerTakes(definitionOf(entry)));
  }
}

TEST_CASE("schema and reader refuse what is bad") {
  for (const auto& entry : corpus().at("bad")) {
    CAPTURE(entry.dump());
    CHECK_FALSE(schemaTakes(definitionOf(entry)));
    CHECK_FALSE(readerTakes(definitionOf(entry)));
  }
}

TEST_CASE("the reader refuses what a schema cannot tell") {
  for (const auto& entry : corpus().at("beyond")) {
    CAPTURE(entry.dump());
    CHECK(schemaTakes(definitionOf(entry)));
    CHECK_FALSE(readerTakes(definitionOf(entry)));
  }
}

TEST_CASE("the API's document has the same members") {
  const OpenApi api(sourcePath("schemas/openapi.yaml"));
  const Json& components = api.root().at("components").at("schemas");
  for (const auto& [name, definition] : schema().root().at("$defs").items()) {
    CAPTURE(name);
    REQUIRE(components.contains(name));
    CHECK(components.at(name) == asComponent(definition));
  }
  Json properties = asComponent(schema().root().at("properties"));
  properties.erase("name");
  properties.erase("labels");
  properties.erase("protect");
  CHECK(components.at("Spec").at("properties") == properties);
}
