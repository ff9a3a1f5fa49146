#include "client/cli/definition/definition_file.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/wire/json.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

// Where paths stand, below /spec; "*" is every item of a list. The paths of the guest stay as they are.
constexpr auto kPaths = std::to_array<std::array<std::string_view, 3>>({
    {"boot", "linux", "kernel"},
    {"boot", "linux", "initrd"},
    {"boot", "efi", "variableStore"},
    {"volumes", "*", "image"},
    {"volumes", "*", "device"},
    {"shares", "*", "source"},
    {"interfaces", "*", "path"},
    {"vsock", "*", "socket"},
    {"cloudInit", "userData", ""},
    {"cloudInit", "metaData", ""},
    {"cloudInit", "networkConfig", ""},
    {"ignition", "", ""},
});

// The members of metadata that only the server writes.
constexpr auto kGivenByServer = std::to_array<const char*>({"id", "generation", "createdAt", "updatedAt"});

// What of a definition is metadata in the API.
constexpr const char* kMetadata[] = {"name", "labels", "protect"};

Json* member(Json& json, std::string_view name) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(std::string(name));
  return found == json.end() ? nullptr : &*found;
}

void resolveAt(Json& json, std::span<const std::string_view> steps, const std::string& folder,
               const std::string& home) {
  if (steps.empty() || steps.front().empty()) {
    if (json.is_string()) json = resolvePath(json.get<std::string>(), folder, home);
  } else if (steps.front() == "*") {
    if (!json.is_array()) return;
    for (Json& item : json)
      resolveAt(item, steps.subspan(1), folder, home);
  } else if (Json* inner = member(json, steps.front())) {
    resolveAt(*inner, steps.subspan(1), folder, home);
  }
}

/// Whatever else stands there is left to the reader of definitions, who refuses it with its pointer.
Json fromApiForm(Json json) {
  json.erase("status");
  if (Json& metadata = json["metadata"]; metadata.is_object()) {
    for (const auto* given : kGivenByServer)
      metadata.erase(given);
  }
  return json;
}

bool isJson(std::string_view text, std::string_view path) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{' && !path.ends_with(".yaml") && !path.ends_with(".yml");
}

}  // namespace

Result<Json> parseDefinition(std::string_view text, std::string_view path) {
  auto parsed = isJson(text, path) ? parseJson(text) : yamlToJson(text);
  if (!parsed) return parsed;
  if (!parsed->is_object()) {
    return Error{Errc::Malformed, "a definition is a mapping of members such as name, cpus and boot", {}, {}};
  }
  if (parsed->contains("spec") && parsed->contains("metadata")) return fromApiForm(std::move(*parsed));
  Json metadata = Json::object();
  Json spec = Json::object();
  for (auto& [name, value] : parsed->items()) {
    const bool isMetadata = std::find(std::begin(kMetadata), std::end(kMetadata), name) != std::end(kMetadata);
    Json& home = isMetadata ? metadata : spec;
    home[name] = std::move(value);
  }
  return Json{{"metadata", std::move(metadata)}, {"spec", std::move(spec)}};
}

std::string resolvePath(const std::string& path, const std::string& folder, const std::string& home) {
  if (path.empty()) return path;
  if (path == "~") return home;
  if (path.starts_with("~/")) return (std::filesystem::path(home) / path.substr(2)).lexically_normal().string();
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

void resolvePaths(Json& definition, const std::string& folder, const std::string& home) {
  Json* spec = member(definition, "spec");
  if (spec == nullptr) return;
  for (const auto& steps : kPaths)
    resolveAt(*spec, steps, folder, home);
}

}  // namespace microvm::cli
