#include "client/service/launchd/property_list.hpp"

#include <nlohmann/json.hpp>

#include "api/core/text.hpp"

namespace microvm::service {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kHead = R"(<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

class Writer {
public:
  void add(const Json& value, const std::string& pointer, std::size_t depth) {
    const std::string indent(depth * 2, ' ');
    if (value.is_object()) {
      out_ += indent + "<dict>\n";
      for (const auto& [key, member] : value.items()) {
        out_ += indent + "  <key>" + checked(key, pointer) + "</key>\n";
        add(member, pointer + "/" + pointerPart(key), depth + 1);
      }
      out_ += indent + "</dict>\n";
    } else if (value.is_array()) {
      out_ += indent + "<array>\n";
      for (std::size_t i = 0; i < value.size(); ++i)
        add(value[i], pointer + "/" + std::to_string(i), depth + 1);
      out_ += indent + "</array>\n";
    } else {
      out_ += indent + scalar(value, pointer) + "\n";
    }
  }

  Result<std::string> result() && {
    if (!errors_.empty()) return invalidMembers(std::move(errors_));
    return std::move(out_);
  }

private:
  std::string scalar(const Json& value, const std::string& pointer) {
    if (value.is_boolean()) return value.get<bool>() ? "<true/>" : "<false/>";
    if (value.is_number_integer()) return "<integer>" + value.dump() + "</integer>";
    if (value.is_string()) return "<string>" + checked(value.get<std::string>(), pointer) + "</string>";
    errors_.push_back({pointer, "is nothing that a property list has: " + value.dump()});
    return {};
  }
  std::string checked(const std::string& text, const std::string& pointer) {
    if (hasControlCharacters(text) || !isUtf8(text)) {
      errors_.push_back({pointer, inQuotes(text) + " has characters that a property list cannot hold"});
    }
    return escaped(text);
  }

  std::string out_;
  std::vector<FieldError> errors_;
};

}  // namespace

Result<std::string> writePropertyList(const Json& list, std::string_view comment) {
  Writer writer;
  writer.add(list, "", 0);
  auto body = std::move(writer).result();
  if (!body) return body;
  return std::string(kHead) + "<!-- " + escaped(comment) + " -->\n<plist version=\"1.0\">\n" + *body + "</plist>\n";
}

}  // namespace microvm::service
