// What the readers and writers of a definition's parts share.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "api/wire/json_reader.hpp"

namespace microvm {

using Json = nlohmann::ordered_json;

// What is read before validate() sees it is bounded too, well above validate()'s own limits, which explain themselves.
inline constexpr std::size_t kMostRead = 1'000;
inline constexpr std::uint64_t kMostNumber = std::numeric_limits<unsigned>::max();

template <class T, std::size_t N>
std::string textOf(T value, const Choice<T> (&choices)[N]) {
  for (const Choice<T>& choice : choices) {
    if (choice.value == value) return std::string(choice.text);
  }
  return {};
}

template <class T, class U>
void assign(T& target, std::optional<U>&& value) {
  if (value) target = static_cast<T>(std::move(*value));
}

struct SizeRange {
  std::uint64_t least;
  std::uint64_t largest;
};

/// A size as text with its unit, or a bare number of bytes. The range is named where a size is beyond all numbers.
std::optional<std::uint64_t> readSize(JsonReader& reader, std::string_view name, SizeRange range);

/// A size that needs its unit: for memory people mean mebibytes when they write none.
std::optional<std::uint64_t> readMemory(JsonReader& reader, std::string_view name);

}  // namespace microvm
