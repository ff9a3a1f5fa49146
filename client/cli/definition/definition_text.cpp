#include "client/cli/definition/definition_text.hpp"

#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

#include "client/cli/definition/definition_file.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kWidest = 100;  // of a list on one line

/// Text that a reader takes for the same text without quotes, in a list of its own too.
bool isPlain(const std::string& text) {
  constexpr std::string_view kSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+=-";
  if (text.empty() || text.front() == '-' || text.find_first_not_of(kSafe) != std::string::npos) return false;
  const auto read = yamlToJson(text);
  return read && *read == Json(text);
}

std::string scalar(const Json& value) {
  if (value.is_string() && isPlain(value.get<std::string>())) return value.get<std::string>();
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);  // JSON's quotes are YAML's
}

/// On one line.
std::string flow(const Json& value) {
  if (!value.is_structured()) return scalar(value);
  std::string text;
  for (const auto& [name, member] : value.items()) {
    text += text.empty() ? "" : ", ";
    text += value.is_object() ? scalar(name) + ": " + flow(member) : flow(member);
  }
  if (value.is_array()) return "[" + text + "]";
  return text.empty() ? "{}" : "{ " + text + " }";
}

void writeMembers(std::string& text, const Json& object, const std::string& indent);

void writeMember(std::string& text, const std::string& name, const Json& value, const std::string& indent) {
  text += indent + scalar(name) + ":";
  const bool hasObjects =
      value.is_array() && std::any_of(value.begin(), value.end(), [](const Json& item) { return item.is_object(); });
  if (value.is_object() && !value.empty()) {
    text += "\n";
    writeMembers(text, value, indent + "  ");
  } else if (hasObjects || (value.is_array() && flow(value).size() > kWidest)) {
    text += "\n";
    for (const Json& item : value)
      text += indent + "  - " + flow(item) + "\n";
  } else {
    text += " " + flow(value) + "\n";
  }
}

void writeMembers(std::string& text, const Json& object, const std::string& indent) {
  for (const auto& [name, value] : object.items())
    writeMember(text, name, value, indent);
}

}  // namespace

std::string definitionText(const Json& vm) {
  std::string text;
  const Json metadata = vm.value("metadata", Json::object());
  for (const auto* name : {"name", "labels", "protect"}) {
    if (metadata.contains(name)) writeMember(text, name, metadata.at(name), "");
  }
  writeMembers(text, vm.value("spec", Json::object()), "");
  return text;
}

}  // namespace microvm::cli
