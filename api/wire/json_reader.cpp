#include "api/wire/json_reader.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "api/core/text.hpp"

namespace microvm {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kBeyondNumbers = 18'446'744'073'709'551'616.0;

std::string_view kindOf(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::boolean:
      return "true or false";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return "a whole number";
    case Json::value_t::number_float:
      return "a number with a fraction";
    case Json::value_t::binary:
    case Json::value_t::discarded:
      break;
  }
  return "something else";
}

std::string wrongType(std::string_view wanted, const Json& found) {
  std::string detail = fmt::format("must be {}, not {}", wanted, kindOf(found));
  if (found.is_null()) detail += "; leave it out for the default";
  return detail;
}

}  // namespace

JsonReader::JsonReader(const Json& value, std::string pointer, std::vector<FieldError>& errors)
    : value_(&value), pointer_(std::move(pointer)), errors_(&errors) {
  if (value.is_object()) return;
  errors.push_back({pointer_, wrongType("an object", value)});
  value_ = nullptr;
}

const Json* JsonReader::find(std::string_view name) {
  if (std::find(known_.begin(), known_.end(), name) == known_.end()) known_.emplace_back(name);
  if (value_ == nullptr) return nullptr;
  const auto found = value_->find(std::string(name));
  return found == value_->end() ? nullptr : &*found;
}

bool JsonReader::has(std::string_view name) const {
  return value_ != nullptr && value_->contains(std::string(name));
}

const Json* JsonReader::require(std::string_view name) {
  const Json* found = find(name);
  if (found == nullptr && value_ != nullptr) fail(name, "is required");
  return found;
}

std::optional<std::string> JsonReader::string(std::string_view name) {
  const Json* found = find(name);
  if (found == nullptr) return std::nullopt;
  if (found->is_string()) return found->get<std::string>();
  failType(name, "a string", *found);
  return std::nullopt;
}

std::optional<std::string> JsonReader::requiredString(std::string_view name) {
  if (require(name) == nullptr) return std::nullopt;
  return string(name);
}

std::optional<bool> JsonReader::boolean(std::string_view name) {
  const Json* found = find(name);
  if (found == nullptr) return std::nullopt;
  if (found->is_boolean()) return found->get<bool>();
  failType(name, "true or false", *found);
  return std::nullopt;
}

std::optional<std::uint64_t> JsonReader::wholeNumber(std::string_view name, std::uint64_t lowest,
                                                     std::uint64_t highest) {
  const Json* found = find(name);
  if (found == nullptr) return std::nullopt;
  // What no whole number of 64 bits can be is read as one with a fraction.
  const bool isBeyond = found->is_number_float() && std::abs(found->get<double>()) >= kBeyondNumbers;
  if (!found->is_number_integer() && !isBeyond) {
    failType(name, "a whole number", *found);
    return std::nullopt;
  }
  const bool isNegative = !found->is_number_unsigned() && found->get<std::int64_t>() < 0;
  if (!isNegative && !isBeyond) {
    const auto number = found->get<std::uint64_t>();
    if (number >= lowest && number <= highest) return number;
  }
  fail(name, fmt::format("{} is out of range; write a whole number from {} to {}", found->dump(), lowest, highest));
  return std::nullopt;
}

std::optional<std::int64_t> JsonReader::integer(std::string_view name) {
  const Json* found = find(name);
  if (found == nullptr) return std::nullopt;
  const bool isTooBig = found->is_number_unsigned() &&
                        found->get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  if (found->is_number_integer() && !isTooBig) return found->get<std::int64_t>();
  failType(name, "a whole number of 64 bits", *found);
  return std::nullopt;
}

bool JsonReader::isShort(std::string_view name, const Json& list, std::size_t most) {
  if (list.size() <= most) return true;
  fail(name, fmt::format("has {} entries; at most {} are taken", list.size(), most));
  return false;
}

std::optional<std::vector<std::string>> JsonReader::strings(std::string_view name, std::size_t most) {
  const Json* found = find(name);
  if (found == nullptr) return std::nullopt;
  if (!found->is_array()) {
    failType(name, "a list of strings", *found);
    return std::nullopt;
  }
  if (!isShort(name, *found, most)) return std::nullopt;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < found->size(); ++i) {
    const Json& element = (*found)[i];
    if (element.is_string()) {
      texts.push_back(element.get<std::string>());
    } else {
      errors_->push_back({fmt::format("{}/{}", pointerOf(name), i), wrongType("a string", element)});
    }
  }
  if (texts.size() != found->size()) return std::nullopt;
  return texts;
}

std::optional<std::map<std::string, std::string>> JsonReader::stringMap(std::string_view name, std::size_t most) {
  const Json* found = find(name);
  if (found == nullptr) return std::nullopt;
  if (!found->is_object()) {
    failType(name, "an object of strings", *found);
    return std::nullopt;
  }
  if (!isShort(name, *found, most)) return std::nullopt;
  std::map<std::string, std::string> texts;
  for (const auto& [key, value] : found->items()) {
    if (value.is_string()) {
      texts.emplace(key, value.get<std::string>());
    } else {
      errors_->push_back({pointerOf(name) + "/" + pointerPart(key), wrongType("a string", value)});
    }
  }
  if (texts.size() != found->size()) return std::nullopt;
  return texts;
}

std::optional<JsonReader> JsonReader::object(std::string_view name) {
  const Json* found = find(name);
  if (found == nullptr) return std::nullopt;
  return JsonReader(*found, pointerOf(name), *errors_);
}

std::optional<JsonReader> JsonReader::requiredObject(std::string_view name, std::string_view wayOut) {
  const Json* found = find(name);
  if (found != nullptr && !found->is_null()) return object(name);
  const auto* detail = found == nullptr ? "is required" : "is required, and null is nothing";
  if (value_ != nullptr) fail(name, wayOut.empty() ? detail : fmt::format("{}; {}", detail, wayOut));
  return std::nullopt;
}

std::vector<JsonReader> JsonReader::objects(std::string_view name, std::size_t most) {
  std::vector<JsonReader> readers;
  const Json* found = find(name);
  if (found == nullptr) return readers;
  if (!found->is_array()) {
    failType(name, "a list of objects", *found);
    return readers;
  }
  if (!isShort(name, *found, most)) return readers;
  for (std::size_t i = 0; i < found->size(); ++i) {
    readers.emplace_back((*found)[i], fmt::format("{}/{}", pointerOf(name), i), *errors_);
  }
  return readers;
}

void JsonReader::fail(std::string_view name, std::string detail) {
  errors_->push_back({pointerOf(name), std::move(detail)});
}

void JsonReader::failType(std::string_view name, std::string_view wanted, const Json& found) {
  fail(name, wrongType(wanted, found));
}

void JsonReader::failChoice(std::string_view name, std::string_view text,
                            const std::vector<std::string_view>& choices) {
  std::string detail = fmt::format("{} is not one of {}", inQuotes(text), fmt::join(choices, ", "));
  const std::vector<std::string> names(choices.begin(), choices.end());
  if (const auto near = nearestName(text, names)) detail += fmt::format("; did you mean {}?", *near);
  fail(name, std::move(detail));
}

void JsonReader::refuseUnknown() {
  if (value_ == nullptr) return;
  for (const auto& item : value_->items()) {
    if (std::find(known_.begin(), known_.end(), item.key()) != known_.end()) continue;
    std::string detail = fmt::format("{} is not a member that is known here", inQuotes(item.key()));
    if (const auto near = nearestName(item.key(), known_)) detail += fmt::format("; did you mean {}?", *near);
    fail(item.key(), std::move(detail));
  }
}

std::string JsonReader::pointerOf(std::string_view name) const {
  return pointer_ + "/" + pointerPart(name);
}

}  // namespace microvm
