#include "daemon/runner/vfkit/go_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/core.h>

namespace microvm::vfkit {
namespace {

Error invalidNumber(std::string_view function, std::string_view text, std::string_view why) {
  return Error{Errc::Usage, fmt::format("strconv.{}: parsing {}: {}", function, goQuote(text), why), {}, {}};
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

Result<std::uint64_t> accumulate(std::string_view all, std::string_view digits, int base, bool underscores) {
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t value = 0;
  bool tooLarge = false;
  for (char c : digits) {
    if (underscores && c == '_') continue;
    const int digit = digitOf(c);
    if (digit >= base) return invalidNumber("ParseUint", all, "invalid syntax");
    const auto wide = static_cast<std::uint64_t>(base);
    tooLarge = tooLarge || value > (kMax - static_cast<std::uint64_t>(digit)) / wide;
    value = value * wide + static_cast<std::uint64_t>(digit);
  }
  if (tooLarge) return invalidNumber("ParseUint", all, "value out of range");
  return value;
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

Result<std::uint64_t> parseGoUint(std::string_view text) {
  if (text.empty()) return invalidNumber("ParseUint", text, "invalid syntax");
  const Based based = baseOf(text);
  if (!areUnderscoresPlaced(text, based.prefix)) return invalidNumber("ParseUint", text, "invalid syntax");
  return accumulate(text, text.substr(based.prefix), based.base, true);
}

Result<std::uint64_t> parseDecimal(std::string_view text, int bits) {
  if (text.empty()) return invalidNumber("ParseUint", text, "invalid syntax");
  auto value = accumulate(text, text, 10, false);
  if (value && bits < 64 && *value >> bits != 0) return invalidNumber("ParseUint", text, "value out of range");
  return value;
}

Result<std::int64_t> parseSignedDecimal(std::string_view text, int bits, std::string_view function) {
  const bool isSigned = !text.empty() && (text[0] == '-' || text[0] == '+');
  const std::string_view digits = isSigned ? text.substr(1) : text;
  const bool allDigits = std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits.empty() || !allDigits) return invalidNumber(function, text, "invalid syntax");
  std::int64_t value = 0;
  const std::string_view number = text[0] == '+' ? digits : text;
  const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), value);
  const std::int64_t limit = bits < 64 ? std::int64_t{1} << (bits - 1) : std::numeric_limits<std::int64_t>::max();
  if (failure != std::errc{} || value > limit - (bits < 64 ? 1 : 0) || value < -limit)
    return invalidNumber(function, text, "value out of range");
  return value;
}

Result<bool> parseGoBool(std::string_view text) {
  constexpr std::array<std::string_view, 6> kTrue{"1", "t", "T", "true", "TRUE", "True"};
  constexpr std::array<std::string_view, 6> kFalse{"0", "f", "F", "false", "FALSE", "False"};
  if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return false;
  return invalidNumber("ParseBool", text, "invalid syntax");
}

Result<std::string> parseMac(std::string_view text) {
  const auto shape = macShape(text);
  const auto digits = shape ? macDigits(text, *shape) : std::nullopt;
  if (!digits) return Error{Errc::Usage, fmt::format("address {}: invalid MAC address", text), {}, {}};
  std::string address;
  for (std::size_t i = 0; i < digits->size(); i += 2) {
    if (i > 0) address += ':';
    address += digits->substr(i, 2);
  }
  return address;
}

std::string goQuote(std::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      quoted += {'\\', c};
    else if (c == '\n')
      quoted += "\\n";
    else if (c == '\t')
      quoted += "\\t";
    else if (c == '\r')
      quoted += "\\r";
    else if (byte < 0x20 || byte == 0x7f)
      quoted += fmt::format("\\x{:02x}", byte);
    else
      quoted += c;
  }
  return quoted + '"';
}

}  // namespace microvm::vfkit
