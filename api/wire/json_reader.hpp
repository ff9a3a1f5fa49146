// Reads the members of one JSON object strictly. Every problem becomes a FieldError with its JSON pointer, and reading
// goes on, so that all problems are told at once.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/core/result.hpp"

namespace microvm {

/// A text and what it stands for.
template <class T>
struct Choice {
  std::string_view text;
  T value;
};

class JsonReader {
public:
  /// `value` and `errors` must outlive the reader and all readers that it gives. When the value is no object, that is
  /// noted and every member counts as absent. The pointer of the whole text is "".
  JsonReader(const nlohmann::ordered_json& value, std::string pointer, std::vector<FieldError>& errors);

  // Each gives the member, or nothing when it is absent or not usable (which is noted). null is never usable.
  std::optional<std::string> string(std::string_view name);
  std::optional<std::string> requiredString(std::string_view name);
  std::optional<bool> boolean(std::string_view name);
  std::optional<std::uint64_t> wholeNumber(std::string_view name, std::uint64_t lowest, std::uint64_t highest);
  std::optional<std::int64_t> integer(std::string_view name);
  std::optional<std::vector<std::string>> strings(std::string_view name, std::size_t most);
  std::optional<std::map<std::string, std::string>> stringMap(std::string_view name, std::size_t most);
  std::optional<JsonReader> object(std::string_view name);
  /// `wayOut`: what to give, where the member is absent or null.
  std::optional<JsonReader> requiredObject(std::string_view name, std::string_view wayOut = {});
  /// One reader per element; empty when absent.
  std::vector<JsonReader> objects(std::string_view name, std::size_t most);

  /// A string that `parse` (of type Result<T>(std::string_view)) understands; its error's detail is noted.
  template <class Parse, class T = typename std::invoke_result_t<Parse, std::string_view>::value_type>
  std::optional<T> parsed(std::string_view name, Parse parse) {
    const std::optional<std::string> text = string(name);
    if (!text) return std::nullopt;
    Result<T> value = parse(*text);
    if (value) return std::move(*value);
    fail(name, value.error().detail);
    return std::nullopt;
  }

  /// A string that is one of these.
  template <class T, std::size_t N>
  std::optional<T> choice(std::string_view name, const Choice<T> (&choices)[N]) {
    const std::optional<std::string> text = string(name);
    if (!text) return std::nullopt;
    std::vector<std::string_view> texts;
    for (const Choice<T>& choice : choices) {
      if (choice.text == *text) return choice.value;
      texts.push_back(choice.text);
    }
    failChoice(name, *text, texts);
    return std::nullopt;
  }

  /// Whether the member is there, whatever it is.
  [[nodiscard]] bool has(std::string_view name) const;
  /// The member itself, for what the functions above do not cover; it counts as known then.
  const nlohmann::ordered_json* find(std::string_view name);

  /// Notes a problem of the member.
  void fail(std::string_view name, std::string detail);
  /// Notes every member that nobody asked for, with the nearest known name. Call it last.
  void refuseUnknown();

  [[nodiscard]] const std::string& pointer() const { return pointer_; }

private:
  const nlohmann::ordered_json* require(std::string_view name);
  void failType(std::string_view name, std::string_view wanted, const nlohmann::ordered_json& found);
  void failChoice(std::string_view name, std::string_view text, const std::vector<std::string_view>& choices);
  bool isShort(std::string_view name, const nlohmann::ordered_json& list, std::size_t most);
  [[nodiscard]] std::string pointerOf(std::string_view name) const;

  const nlohmann::ordered_json* value_;  ///< null when it is no object
  std::string pointer_;
  std::vector<FieldError>* errors_;
  std::vector<std::string> known_;
};

}  // namespace microvm
