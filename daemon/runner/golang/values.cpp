#include "daemon/runner/golang/values.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/core.h>

#include "daemon/runner/golang/text.hpp"

namespace microvm::golang {
namespace {

constexpr std::string_view kSyntax = "invalid syntax";
constexpr std::string_view kRange = "value out of range";

Error invalidNumber(std::string_view function, std::string_view text, std::string_view why) {
  return Error{Errc::Usage, fmt::format("strconv.{}: parsing {}: {}", function, quote(text), why), {}, {}};
}

bool isHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

int digitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return 99;
}

struct Based {
  int base = 10;
  std::size_t prefix = 0;
};

Based baseOf(std::string_view text) {
  if (text.size() < 2 || text[0] != '0') return {};
  if (text.size() >= 3) {
    switch (text[1]) {
      case 'x':
      case 'X':
        return {16, 2};
      case 'o':
      case 'O':
        return {8, 2};
      case 'b':
      case 'B':
        return {2, 2};
      default:
        break;
    }
  }
  return {8, 1};
}

/// An underscore stands between two digits, or between the base's prefix and a digit.
bool areUnderscoresPlaced(std::string_view text, std::size_t prefix) {
  bool afterDigit = prefix > 0;
  for (std::size_t i = prefix; i < text.size(); ++i) {
    if (text[i] != '_') {
      afterDigit = true;
      continue;
    }
    if (!afterDigit || i + 1 == text.size()) return false;
    afterDigit = false;
  }
  return true;
}

struct Number {
  std::uint64_t value = 0;
  std::string_view failure;  ///< Go's words; empty for a number
};

/// Go gives up at the first digit that is too much, whatever follows.
Number accumulate(std::string_view digits, int base, bool underscores, std::uint64_t most) {
  if (digits.empty()) return {0, kSyntax};
  Number number;
  for (char c : digits) {
    if (underscores && c == '_') continue;
    if (digitOf(c) >= base) return {0, kSyntax};
    const auto digit = static_cast<std::uint64_t>(digitOf(c));
    if (digit > most || number.value > (most - digit) / static_cast<std::uint64_t>(base)) return {0, kRange};
    number.value = number.value * static_cast<std::uint64_t>(base) + digit;
  }
  return number;
}

struct MacShape {
  char separator;
  std::size_t group;  ///< digits between separators
};

std::optional<MacShape> macShape(std::string_view text) {
  if (text.size() < 14) return std::nullopt;
  if (text[2] == ':' || text[2] == '-') return MacShape{text[2], 2};
  if (text[4] == '.') return MacShape{'.', 4};
  return std::nullopt;
}

/// The hexadecimal digits alone, or nothing when the text does not keep the shape.
std::optional<std::string> macDigits(std::string_view text, MacShape shape) {
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool separates = i % (shape.group + 1) == shape.group;
    if (separates ? text[i] != shape.separator : !isHexDigit(text[i])) return std::nullopt;
    if (!separates) digits += static_cast<char>(text[i] >= 'A' && text[i] <= 'F' ? text[i] - 'A' + 'a' : text[i]);
  }
  const bool whole = (text.size() + 1) % (shape.group + 1) == 0;
  constexpr std::array<std::size_t, 3> kLengths{12, 16, 40};
  if (!whole || std::find(kLengths.begin(), kLengths.end(), digits.size()) == kLengths.end()) return std::nullopt;
  return digits;
}

}  // namespace

Result<std::uint64_t> parseUint(std::string_view text) {
  const Based based = baseOf(text);
  const std::string_view digits = text == "0" ? text : text.substr(based.prefix);
  Number number = accumulate(digits, based.base, true, std::numeric_limits<std::uint64_t>::max());
  if (number.failure.empty() && !areUnderscoresPlaced(text, based.prefix)) number.failure = kSyntax;
  if (!number.failure.empty()) return invalidNumber("ParseUint", text, number.failure);
  return number.value;
}

Result<std::uint64_t> parseDecimal(std::string_view text, int bits) {
  const Number number = accumulate(text, 10, false, std::numeric_limits<std::uint64_t>::max() >> (64 - bits));
  if (!number.failure.empty()) return invalidNumber("ParseUint", text, number.failure);
  return number.value;
}

Result<std::int64_t> parseSignedDecimal(std::string_view text, int bits, std::string_view function) {
  const bool isNegative = text.starts_with('-');
  const bool isSigned = isNegative || text.starts_with('+');
  const std::uint64_t most = (std::uint64_t{1} << (bits - 1)) - (isNegative ? 0 : 1);
  const Number number = accumulate(text.substr(isSigned ? 1 : 0), 10, false, most);
  if (!number.failure.empty()) return invalidNumber(function, text, number.failure);
  return static_cast<std::int64_t>(isNegative ? 0 - number.value : number.value);
}

Result<bool> parseBool(std::string_view text) {
  constexpr std::array<std::string_view, 6> kTrue{"1", "t", "T", "true", "TRUE", "True"};
  constexpr std::array<std::string_view, 6> kFalse{"0", "f", "F", "false", "FALSE", "False"};
  if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return false;
  return invalidNumber("ParseBool", text, kSyntax);
}

Result<std::string> parseMac(std::string_view text) {
  const auto shape = macShape(text);
  const auto digits = shape ? macDigits(text, *shape) : std::nullopt;
  if (!digits)
    return Error{Errc::Usage,
                 (text.empty() ? std::string() : fmt::format("address {}: ", text)) + "invalid MAC address",
                 {},
                 {}};
  std::string address;
  for (std::size_t i = 0; i < digits->size(); i += 2) {
    if (i > 0) address += ':';
    address += digits->substr(i, 2);
  }
  return address;
}

}  // namespace microvm::golang
