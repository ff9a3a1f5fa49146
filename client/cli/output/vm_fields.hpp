// Single members of a VM object of the API; a member that is missing or of another type reads as empty.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "api/core/time.hpp"

namespace microvm::cli {

/// The text at a JSON pointer; numbers as their digits.
std::string textAt(const nlohmann::ordered_json& json, std::string_view pointer);
std::string nameOf(const nlohmann::ordered_json& vm);
std::string stateOf(const nlohmann::ordered_json& vm);
/// One of status.conditions; null when there is none of this type.
nlohmann::ordered_json conditionOf(const nlohmann::ordered_json& vm, std::string_view type);
/// "yes", "no" or "unknown"; empty when nothing runs, or the daemon does not tell.
std::string readyOf(const nlohmann::ordered_json& vm);
/// "3d4h", "2h5m", "7m12s", "9s": the two largest units; empty for a VM that does not run.
std::string uptimeOf(const nlohmann::ordered_json& vm, Timestamp now);

}  // namespace microvm::cli
