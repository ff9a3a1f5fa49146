#include "client/cli/output/vm_fields.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace microvm::cli {

std::string textAt(const nlohmann::ordered_json& json, std::string_view pointer) {
  const nlohmann::ordered_json* at = &json;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    const auto found = at->is_object() ? at->find(std::string(pointer.substr(0, end))) : at->end();
    if (!at->is_object() || found == at->end()) return {};
    at = &*found;
    pointer.remove_prefix(end);
  }
  if (at->is_string()) return at->get<std::string>();
  return at->is_number() || at->is_boolean() ? at->dump() : std::string();
}

std::string nameOf(const nlohmann::ordered_json& vm) {
  return textAt(vm, "/metadata/name");
}

std::string stateOf(const nlohmann::ordered_json& vm) {
  return textAt(vm, "/status/state");
}

nlohmann::ordered_json conditionOf(const nlohmann::ordered_json& vm, std::string_view type) {
  const nlohmann::ordered_json::json_pointer place("/status/conditions");
  if (!vm.contains(place) || !vm.at(place).is_array()) return nullptr;
  for (const auto& condition : vm.at(place)) {
    if (textAt(condition, "/type") == type) return condition;
  }
  return nullptr;
}

std::string readyOf(const nlohmann::ordered_json& vm) {
  if (stateOf(vm) == "stopped" || stateOf(vm) == "broken") return {};
  const auto status = textAt(conditionOf(vm, "Ready"), "/status");
  if (status == "True") return "yes";
  if (status == "False") return "no";
  return status.empty() ? "" : "unknown";
}

std::string uptimeOf(const nlohmann::ordered_json& vm, Timestamp now) {
  const auto started = parseTimestamp(textAt(vm, "/status/startedAt"));
  if (!started) return {};
  const auto seconds = std::max<std::int64_t>(0, (now - *started).count() / 1000);
  const auto minutes = seconds / 60;
  const auto hours = minutes / 60;
  if (hours >= 24) return fmt::format("{}d{}h", hours / 24, hours % 24);
  if (hours > 0) return fmt::format("{}h{}m", hours, minutes % 60);
  return minutes > 0 ? fmt::format("{}m{}s", minutes, seconds % 60) : fmt::format("{}s", seconds);
}

}  // namespace microvm::cli
