// The YAML half of definition_file.hpp. It listens to the parser's events, so that nothing is built beyond the caps.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <sstream>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "client/cli/definition/definition_file.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostLevels = 32;
constexpr std::size_t kMostValues = 20'000;
constexpr std::string_view kTextTag = "tag:yaml.org,2002:str";

[[noreturn]] void refuse(const YAML::Mark& mark, const std::string& what) {
  throw YAML::ParserException(mark, what);
}

bool isAnyOf(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const auto word : words) {
    if (text == word) return true;
  }
  return false;
}

template <class Number>
std::optional<Json> wholeNumber(std::string_view digits, int base) {
  Number number{};
  const auto* end = digits.data() + digits.size();
  const auto [stop, ec] = std::from_chars(digits.data(), end, number, base);
  if (ec != std::errc{} || stop != end || digits.empty()) return std::nullopt;
  return Json(number);
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
std::optional<Json> fraction(std::string_view text) {
  if (text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
  if (text.find_first_of("0123456789") == std::string_view::npos) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  std::istringstream in{std::string(text)};
  in.imbue(std::locale::classic());
  double number = 0;
  in >> number;
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return Json(number);
}

// A plain scalar by YAML 1.2's core schema; null never gets here.
Json typed(const YAML::Mark& mark, const std::string& text) {
  if (isAnyOf(text, {"true", "True", "TRUE"})) return true;
  if (isAnyOf(text, {"false", "False", "FALSE"})) return false;
  if (isAnyOf(text, {".inf", "+.inf", "-.inf", ".Inf", "+.Inf", "-.Inf", ".nan", ".NaN", ".NAN"})) {
    refuse(mark, fmt::format("{} is no number that a definition could use", text));
  }
  const std::string_view view = text;
  std::optional<Json> number;
  if (view.starts_with("0x")) number = wholeNumber<std::uint64_t>(view.substr(2), 16);
  if (view.starts_with("0o")) number = wholeNumber<std::uint64_t>(view.substr(2), 8);
  if (!number && view.starts_with('-')) number = wholeNumber<std::int64_t>(view, 10);
  if (!number) number = wholeNumber<std::uint64_t>(view.starts_with('+') ? view.substr(1) : view, 10);
  if (!number) number = fraction(view);
  return number ? *std::move(number) : Json(text);
}

std::string tooDeep() {
  return fmt::format("the text is nested too deeply: there are more than {} levels", kMostLevels);
}

class Builder : public YAML::EventHandler {
public:
  [[nodiscard]] Json take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    refuse(mark, fmt::format("anchors such as &{} are not supported; write the value out", name));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "aliases (*name) are not supported; write the value out");
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    if (expectsKey()) refuse(mark, "a member's name must be text");
    add(mark, Json(nullptr));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
    if (!isAnyOf(tag, {"?", "!", kTextTag, ""})) refuse(mark, fmt::format("the tag {} is not supported", tag));
    if (expectsKey()) {
      setKey(mark, value);
    } else {
      add(mark, tag == "?" ? typed(mark, value) : Json(value));
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    open(mark, Json::array());
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    open(mark, Json::object());
  }
  void OnMapEnd() override { close(); }

private:
  struct Level {
    Json value;
    std::optional<std::string> key;
    YAML::Mark mark;
  };

  [[nodiscard]] bool expectsKey() const {
    return !levels_.empty() && levels_.back().value.is_object() && !levels_.back().key;
  }
  void setKey(const YAML::Mark& mark, const std::string& key) {
    if (levels_.back().value.contains(key)) refuse(mark, fmt::format("\"{}\" stands here twice", key));
    levels_.back().key = key;
  }
  void add(const YAML::Mark& mark, Json value) {
    if (++count_ > kMostValues) refuse(mark, fmt::format("there are more than {} values", kMostValues));
    if (levels_.empty()) {
      root_ = std::move(value);
    } else if (Level& level = levels_.back(); level.value.is_array()) {
      level.value.push_back(std::move(value));
    } else {
      level.value[*level.key] = std::move(value);
      level.key.reset();
    }
  }
  void open(const YAML::Mark& mark, Json empty) {
    if (expectsKey()) refuse(mark, "a member's name must be text");
    if (levels_.size() == kMostLevels) refuse(mark, tooDeep());
    levels_.push_back(Level{std::move(empty), std::nullopt, mark});
  }
  void close() {
    Level done = std::move(levels_.back());
    levels_.pop_back();
    add(done.mark, std::move(done.value));
  }

  std::vector<Level> levels_;
  Json root_;
  std::size_t count_ = 0;
};

/// For what follows the one document.
class NothingMore final : public Builder {
public:
  void OnDocumentStart(const YAML::Mark& mark) override { refuse(mark, "there is more than one document in the text"); }
};

/// "3:7" of a byte.
std::string placeOf(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, byte);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto begin = before.rfind('\n');
  return fmt::format("{}:{}", line, begin == std::string_view::npos ? byte + 1 : byte - begin);
}

/// Where one more bracket is open than there may be levels, if anywhere. The parser takes a row of brackets that
/// nothing closes for a strange name, so this is asked when it has failed.
std::optional<std::size_t> tooDeepAt(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[' || text[i] == '{') ++depth;
    if ((text[i] == ']' || text[i] == '}') && depth > 0) --depth;
    if (depth > kMostLevels) return i;
  }
  return std::nullopt;
}

Error malformed(std::string detail) {
  return Error{Errc::Malformed, std::move(detail), {}, {}};
}

}  // namespace

Result<Json> yamlToJson(std::string_view text) {
  if (text.size() > kDefinitionCap) return Error{Errc::TooLarge, "a definition is at most 2 MiB", {}, {}};
  // The parser stops at a NUL byte as if the text ended there.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return malformed(placeOf(text, nul) + ": there is a NUL byte in the text");
  }
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    Builder builder;
    if (!parser.HandleNextDocument(builder)) return malformed("the text is empty");
    NothingMore rest;
    parser.HandleNextDocument(rest);
    return builder.take();
  } catch (const YAML::Exception& error) {
    if (const auto at = tooDeepAt(text)) return malformed(placeOf(text, *at) + ": " + tooDeep());
    return malformed(fmt::format("{}:{}: {}", error.mark.line + 1, error.mark.column + 1, error.msg));
  }
}

}  // namespace microvm::cli
