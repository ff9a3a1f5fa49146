#include "api/wire/json.hpp"

#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/core/text.hpp"

namespace microvm {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxDepth = 32;
constexpr int kNumberOutOfRange = 406;
constexpr std::string_view kWhat = "the JSON text cannot be used: ";

/// Walks the text and tells how far the lexer has come, which the callbacks are not told.
class TrackedText {
public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  TrackedText(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  TrackedText& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  TrackedText operator++(int) {
    TrackedText before = *this;
    ++*this;
    return before;
  }
  bool operator==(const TrackedText& other) const { return at_ == other.at_; }
  bool operator!=(const TrackedText& other) const { return at_ != other.at_; }

private:
  const char* at_;
  const char** reached_;
};

/// "line 3, column 7" of the last byte of `read`.
std::string placeAfter(std::string_view read) {
  std::size_t line = 1;
  std::size_t column = 0;
  for (const char c : read.substr(0, read.empty() ? 0 : read.size() - 1)) {
    ++column;
    if (c == '\n') {
      ++line;
      column = 0;
    }
  }
  return fmt::format("line {}, column {}", line, column + 1);
}

/// nlohmann's sentence without its own numbering and the bytes it read, which may be no UTF-8: "line 1, column 2: ...".
/// A number out of range comes without a place.
std::string reasonOf(std::string_view what) {
  constexpr std::string_view kAt = "] parse error at ";
  constexpr std::string_view kLastRead = "; last read: '";
  constexpr std::string_view kExpected = "'; expected ";
  if (const auto at = what.find(kAt); at != std::string_view::npos) what.remove_prefix(at + kAt.size());
  const auto from = what.find(kLastRead);
  if (from == std::string_view::npos) return std::string(what);
  const auto to = what.rfind(kExpected);
  const auto rest = to == std::string_view::npos || to < from ? std::string_view{} : what.substr(to + 1);
  return std::string(what.substr(0, from)).append(rest);
}

/// Builds the value while it counts. Every callback returns false to end the parse.
class BoundedBuilder : public nlohmann::json_sax<Json> {
public:
  BoundedBuilder(const char* text, const char* const* reached, std::size_t maxValues)
      : text_(text), reached_(reached), maxValues_(maxValues) {}

  bool null() override { return put(Json(nullptr)); }
  bool boolean(bool value) override { return put(Json(value)); }
  bool number_integer(number_integer_t value) override { return put(Json(value)); }
  bool number_unsigned(number_unsigned_t value) override { return put(Json(value)); }
  bool number_float(number_float_t value, const string_t&) override { return put(Json(value)); }
  bool string(string_t& value) override { return put(Json(std::move(value))); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& value) override {
    Level& level = levels_.back();
    if (!level.keys.insert(value).second) {
      return refuse(Errc::Malformed, fmt::format("the member {} occurs twice", inQuotes(value)));
    }
    level.key = std::move(value);
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& problem) override {
    if (problem.id == kNumberOutOfRange) return refuse(Errc::Malformed, "a number is too large");
    if (!error_) error_ = Error{Errc::Malformed, std::string(kWhat) + reasonOf(problem.what()), {}, {}};
    return false;
  }

  Result<Json> take() && {
    if (error_) return std::move(*error_);
    return std::move(root_);
  }

private:
  struct Level {
    Json* value;
    std::string key;
    std::unordered_set<std::string> keys;
  };

  Json* place(Json&& value) {
    if (++values_ > maxValues_) {
      refuse(Errc::TooLarge, fmt::format("there are more than {} values", maxValues_));
      return nullptr;
    }
    if (levels_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Level& level = levels_.back();
    if (level.value->is_array()) {
      level.value->push_back(std::move(value));
      return &level.value->back();
    }
    // Past ordered_map's own insertion, which searches all members; key() has done that.
    std::vector<Json::object_t::value_type>& members = level.value->get_ref<Json::object_t&>();
    return &members.emplace_back(std::move(level.key), std::move(value)).second;
  }

  bool put(Json&& value) { return place(std::move(value)) != nullptr; }

  bool open(Json&& value) {
    if (levels_.size() >= kMaxDepth) {
      return refuse(Errc::TooLarge, fmt::format("it is nested deeper than {} levels", kMaxDepth));
    }
    Json* placed = place(std::move(value));
    if (placed == nullptr) return false;
    levels_.push_back({placed, {}, {}});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  bool refuse(Errc code, const std::string& reason) {
    const std::string_view read(text_, static_cast<std::size_t>(*reached_ - text_));
    if (!error_) error_ = Error{code, fmt::format("{}{}: {}", kWhat, placeAfter(read), reason), {}, {}};
    return false;
  }

  const char* text_;
  const char* const* reached_;
  std::size_t maxValues_;
  Json root_;
  std::vector<Level> levels_;
  std::size_t values_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<Json> parseJson(std::string_view text, JsonLimits limits) {
  if (text.size() > limits.bytes) {
    return Error{Errc::TooLarge,
                 fmt::format("the JSON text has {} bytes; at most {} are taken", text.size(), limits.bytes),
                 {},
                 {}};
  }
  const char* reached = text.data();
  BoundedBuilder builder(text.data(), &reached, limits.values);
  const TrackedText first(text.data(), &reached);
  const TrackedText last(text.data() + text.size(), &reached);
  Json::sax_parse(first, last, &builder);
  return std::move(builder).take();
}

}  // namespace microvm
