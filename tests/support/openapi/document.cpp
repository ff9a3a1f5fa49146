#include "tests/support/openapi/document.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <regex>
#include <set>
#include <stdexcept>

#include <yaml-cpp/yaml.h>

namespace microvm::test {
namespace {

Json scalar(const YAML::Node& node) {
  const auto& text = node.Scalar();
  if (node.Tag() == "!") return text;  // it was quoted
  if (text == "true" || text == "false") return text == "true";
  if (text == "null" || text == "~" || text.empty()) return nullptr;
  std::int64_t number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec == std::errc() && end == text.data() + text.size()) return number;
  return text;
}

Json toJson(const YAML::Node& node) {
  if (node.IsScalar()) return scalar(node);
  Json value;
  if (node.IsSequence()) {
    value = Json::array();
    for (const auto& item : node)
      value.push_back(toJson(item));
  } else if (node.IsMap()) {
    value = Json::object();
    for (const auto& member : node) {
      const auto name = member.first.Scalar();
      if (value.contains(name)) throw std::runtime_error("twice in one object: " + name);
      value[name] = toJson(member.second);
    }
  }
  return value;
}

/// As ECMA-262 has it, compiled once for the whole process.
const std::regex& compiled(const std::string& pattern) {
  static std::mutex guard;
  static std::map<std::string, std::regex> known;
  const std::lock_guard lock(guard);
  return known.try_emplace(pattern, pattern).first->second;
}

bool hasType(const Json& value, const std::string& type) {
  static const std::map<std::string, bool (*)(const Json&)> kTypes{
      {"string", [](const Json& v) { return v.is_string(); }},
      {"integer", [](const Json& v) { return v.is_number_integer(); }},
      {"number", [](const Json& v) { return v.is_number(); }},
      {"boolean", [](const Json& v) { return v.is_boolean(); }},
      {"array", [](const Json& v) { return v.is_array(); }},
      {"object", [](const Json& v) { return v.is_object(); }},
      {"null", [](const Json& v) { return v.is_null(); }},
  };
  return kTypes.at(type)(value);
}

/// A walk over a value and its schema that collects what does not fit.
class Check {
public:
  Check(const OpenApi& api, bool closed) : api_(api), closed_(closed) {}

  void value(const std::string& place, const Json& value, const Json& reference) {
    const auto& schema = api_.resolve(reference);
    for (const auto& [keyword, rule] : schema.items())
      apply(keyword, place, value, rule);
    for (const auto& [keyword, rule] : reference.items())
      if (reference.contains("$ref") && keyword != "$ref") apply(keyword, place, value, rule);
    const bool isShut = schema.contains("additionalProperties") && schema.at("additionalProperties") == false;
    const bool mayHaveOthers = schema.contains("additionalProperties") || !schema.contains("properties");
    if (value.is_object() && (isShut || (closed_ && !mayHaveOthers))) unnamed(place, value, schema.at("properties"));
  }

  std::vector<std::string> complaints;

private:
  using Rule = std::function<void(Check&, const std::string&, const Json&, const Json&)>;

  static const std::map<std::string, Rule>& keywords();

  void apply(const std::string& keyword, const std::string& place, const Json& value, const Json& rule) {
    const auto found = keywords().find(keyword);
    if (found == keywords().end()) throw std::runtime_error(place + ": not a keyword: " + keyword);
    found->second(*this, place, value, rule);
  }
  void unnamed(const std::string& place, const Json& value, const Json& properties) {
    for (const auto& [name, member] : value.items()) {
      if (!properties.contains(name)) complain(place + "/" + name, "the document does not name it");
    }
  }
  void complain(const std::string& place, const std::string& what) { complaints.push_back(place + ": " + what); }

  static void type(Check& check, const std::string& place, const Json& value, const Json& rule) {
    const auto types = rule.is_array() ? rule : Json::array({rule});
    const auto fits = [&](const Json& one) { return hasType(value, one); };
    if (std::none_of(types.begin(), types.end(), fits)) check.complain(place, "is no " + rule.dump());
  }
  static void required(Check& check, const std::string& place, const Json& value, const Json& rule) {
    for (const std::string name : rule) {
      if (value.is_object() && !value.contains(name)) check.complain(place, "has no " + name);
    }
  }
  static void properties(Check& check, const std::string& place, const Json& value, const Json& rule) {
    for (const auto& [name, schema] : rule.items()) {
      if (value.is_object() && value.contains(name)) check.value(place + "/" + name, value.at(name), schema);
    }
  }
  static void additional(Check& check, const std::string& place, const Json& value, const Json& rule) {
    if (rule.is_object()) {
      for (const auto& [name, member] : value.items())
        check.value(place + "/" + name, member, rule);
    }
  }
  static void items(Check& check, const std::string& place, const Json& value, const Json& rule) {
    for (std::size_t i = 0; value.is_array() && i < value.size(); ++i)
      check.value(place + "/" + std::to_string(i), value.at(i), rule);
  }
  static void listed(Check& check, const std::string& place, const Json& value, const Json& rule) {
    if (std::find(rule.begin(), rule.end(), value) == rule.end())
      check.complain(place, value.dump() + " is not listed");
  }
  static void pattern(Check& check, const std::string& place, const Json& value, const Json& rule) {
    if (value.is_string() && !std::regex_search(value.get<std::string>(), compiled(rule))) {
      check.complain(place, value.dump() + " does not match " + rule.dump());
    }
  }
  static void minimum(Check& check, const std::string& place, const Json& value, const Json& rule) {
    if (value.is_number() && value < rule) check.complain(place, "is too small");
  }
  static void maximum(Check& check, const std::string& place, const Json& value, const Json& rule) {
    if (value.is_number() && value > rule) check.complain(place, "is too large");
  }
  [[nodiscard]] std::ptrdiff_t fitting(const Json& value, const Json& schemas) const {
    return std::count_if(schemas.begin(), schemas.end(), [&](const Json& schema) {
      Check inner(api_, closed_);
      inner.value("", value, schema);
      return inner.complaints.empty();
    });
  }
  static void oneOf(Check& check, const std::string& place, const Json& value, const Json& rule) {
    const auto count = check.fitting(value, rule);
    if (count != 1) check.complain(place, "fits " + std::to_string(count) + " of the forms that it may have one of");
  }
  static void anyOf(Check& check, const std::string& place, const Json& value, const Json& rule) {
    if (check.fitting(value, rule) == 0) check.complain(place, "fits none of the forms that it may have");
  }
  static void minProperties(Check& check, const std::string& place, const Json& value, const Json& rule) {
    if (value.is_object() && value.size() < rule) check.complain(place, "has too few members");
  }
  static void maxProperties(Check& check, const std::string& place, const Json& value, const Json& rule) {
    if (value.is_object() && value.size() > rule) check.complain(place, "has too many members");
  }
  static void minItems(Check& check, const std::string& place, const Json& value, const Json& rule) {
    if (value.is_array() && value.size() < rule) check.complain(place, "has too few items");
  }
  static void maxItems(Check& check, const std::string& place, const Json& value, const Json& rule) {
    if (value.is_array() && value.size() > rule) check.complain(place, "has too many items");
  }
  static void minLength(Check& check, const std::string& place, const Json& value, const Json& rule) {
    if (value.is_string() && value.get<std::string>().size() < rule) check.complain(place, "is too short");
  }
  static void maxLength(Check& check, const std::string& place, const Json& value, const Json& rule) {
    if (value.is_string() && value.get<std::string>().size() > rule) check.complain(place, "is too long");
  }
  static void format(Check& check, const std::string& place, const Json& value, const Json& rule) {
    static const std::map<std::string, std::string> kFormats{
        {"date-time", R"(^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$)"},
        {"uuid", "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"},
        {"uri", "^https?://"},
        {"json-pointer", "^(/.*)?$"},
    };
    pattern(check, place, value, kFormats.at(rule.get<std::string>()));
  }
  static void remark(Check&, const std::string&, const Json&, const Json&) {}

  const OpenApi& api_;
  const bool closed_;
};

const std::map<std::string, Check::Rule>& Check::keywords() {
  static const std::map<std::string, Rule> kKeywords{
      {"type", type},
      {"required", required},
      {"properties", properties},
      {"items", items},
      {"enum", listed},
      {"additionalProperties", additional},
      {"pattern", pattern},
      {"minimum", minimum},
      {"maximum", maximum},
      {"maxLength", maxLength},
      {"format", format},
      {"description", remark},
      {"default", remark},
      {"examples", remark},
      {"example", remark},
      {"oneOf", oneOf},
      {"anyOf", anyOf},
      {"minProperties", minProperties},
      {"minItems", minItems},
      {"maxItems", maxItems},
      {"title", remark},
      {"maxProperties", maxProperties},
      {"minLength", minLength},
      {"$schema", remark},
      {"$id", remark},
      {"$defs", remark},
  };
  return kKeywords;
}

}  // namespace

OpenApi::OpenApi(const std::string& path) {
  if (!path.ends_with(".json")) {
    root_ = toJson(YAML::LoadFile(path));
    return;
  }
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + " cannot be read");
  root_ = Json::parse(file);
}

std::vector<ApiOperation> OpenApi::operations() const {
  static const std::set<std::string> kMethods{"get", "put", "post", "delete", "patch", "head", "options"};
  std::vector<ApiOperation> all;
  for (const auto& [path, item] : root_.at("paths").items()) {
    for (const auto& [method, body] : item.items()) {
      if (kMethods.count(method) == 0) continue;
      ApiOperation operation{body.at("operationId"), method, path, body, {}};
      std::transform(method.begin(), method.end(), operation.method.begin(),
                     [](unsigned char c) { return std::toupper(c); });
      for (const auto& holder : {item, body}) {
        for (const auto& parameter : holder.value("parameters", Json::array()))
          operation.parameters.push_back(resolve(parameter));
      }
      all.push_back(std::move(operation));
    }
  }
  return all;
}

const Json& OpenApi::resolve(const Json& value) const {
  if (!value.is_object() || !value.contains("$ref")) return value;
  const auto reference = value.at("$ref").get<std::string>();
  if (reference.rfind("#/", 0) != 0) throw std::runtime_error("not in this document: " + reference);
  return resolve(root_.at(Json::json_pointer(reference.substr(1))));
}

std::vector<std::string> OpenApi::complaints(const Json& value, const Json& schema, bool closed) const {
  Check check(*this, closed);
  check.value("", value, schema);
  return check.complaints;
}

Json OpenApi::responseSchema(const ApiOperation& operation, int status, const std::string& mediaType) const {
  const auto& responses = operation.body.at("responses");
  auto found = responses.find(std::to_string(status));
  if (found == responses.end() && status >= 400) found = responses.find("default");
  if (found == responses.end()) throw std::runtime_error(operation.id + " does not document " + std::to_string(status));
  const auto content = resolve(*found).value("content", Json::object());
  if (!content.contains(mediaType)) return nullptr;
  return content.at(mediaType).value("schema", Json::object());
}

}  // namespace microvm::test
