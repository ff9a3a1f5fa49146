// A definition as people write it, YAML or JSON, turned into what the API takes.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "api/core/result.hpp"

namespace microvm::cli {

inline constexpr std::size_t kDefinitionCap = std::size_t{2} * 1024 * 1024;

/// One YAML document of at most 2 MiB, 32 levels and 20,000 values as JSON. Plain scalars are typed by YAML's core
/// schema ("no" and "02:00" are text), quoted ones stay text. Anchors, aliases, tags of other types and duplicate
/// members are refused: Errc::Malformed with line and column.
Result<nlohmann::ordered_json> yamlToJson(std::string_view text);

/// YAML or JSON (by its first character, unless `path` ends in .yaml or .yml) as the API's {"metadata", "spec"}: name,
/// labels and protect go to metadata, the rest to spec. A text that is in the API's form already, as `inspect` prints
/// it, loses its status and the members of metadata that the daemon gives; all else stays where it is.
Result<nlohmann::ordered_json> parseDefinition(std::string_view text, std::string_view path);

/// Makes the paths in a definition absolute: relative to `folder` (absolute itself), "~/" by `home`.
void resolvePaths(nlohmann::ordered_json& definition, const std::string& folder, const std::string& home);
std::string resolvePath(const std::string& path, const std::string& folder, const std::string& home);

}  // namespace microvm::cli
