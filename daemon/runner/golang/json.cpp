#include "daemon/runner/golang/json.hpp"

#include <string_view>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "daemon/runner/golang/text.hpp"

namespace microvm::golang {
namespace {

/// The escape of a character; empty when it stands for itself.
std::string escapeOf(const Rune& rune) {
  if (!rune.isValid) return "\\ufffd";
  switch (rune.code) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\b':
      return "\\b";
    case '\f':
      return "\\f";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      break;
  }
  const bool isMarkup = rune.code == '<' || rune.code == '>' || rune.code == '&';
  const bool isSeparator = rune.code == 0x2028 || rune.code == 0x2029;
  if (rune.code >= 0x20 && !isMarkup && !isSeparator) return {};
  return fmt::format("\\u{:04x}", static_cast<std::uint32_t>(rune.code));
}

void writeString(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const Rune rune = firstRune(text);
    const std::string escape = escapeOf(rune);
    out += escape.empty() ? text.substr(0, rune.bytes) : std::string_view(escape);
    text.remove_prefix(rune.bytes);
  }
  out += '"';
}

void write(std::string& out, const nlohmann::ordered_json& value) {
  if (value.is_string()) {
    writeString(out, value.get_ref<const std::string&>());
    return;
  }
  if (!value.is_structured()) {
    out += value.dump();
    return;
  }
  out += value.is_object() ? '{' : '[';
  const char* separator = "";
  for (const auto& item : value.items()) {
    out += separator;
    separator = ",";
    if (value.is_object()) {
      writeString(out, item.key());
      out += ':';
    }
    write(out, item.value());
  }
  out += value.is_object() ? '}' : ']';
}

}  // namespace

std::string encodeJson(const nlohmann::ordered_json& value) {
  std::string out;
  write(out, value);
  return out;
}

}  // namespace microvm::golang
