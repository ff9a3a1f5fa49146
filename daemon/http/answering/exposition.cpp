#include "daemon/http/answering/exposition.hpp"

#include <fmt/format.h>

namespace microvm::http {
namespace {

std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') text += '\\';
    text += c;
  }
  return text;
}

}  // namespace

Exposition& Exposition::family(std::string_view name, Kind kind, std::string_view help) {
  name_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, kind == Kind::Gauge ? "gauge" : "counter");
  return *this;
}

Exposition& Exposition::sample(double value, Labels labels) {
  text_ += name_;
  char open = '{';
  for (const auto& [name, label] : labels) {
    text_ += fmt::format("{}{}=\"{}\"", open, name, escaped(label));
    open = ',';
  }
  if (labels.size() != 0) text_ += '}';
  text_ += fmt::format(" {}\n", value);
  return *this;
}

}  // namespace microvm::http
