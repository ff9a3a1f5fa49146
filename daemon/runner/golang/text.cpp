#include "daemon/runner/golang/text.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace microvm::golang {
namespace {

/// What may follow a first byte. The bounds of the second byte exclude overlong forms, surrogates and what lies beyond
/// U+10FFFF.
struct Lead {
  unsigned char first;
  unsigned char last;
  std::size_t bytes;
  unsigned char secondMin;
  unsigned char secondMax;
  unsigned char bits;  ///< of the first byte that belong to the character
};

constexpr std::array<Lead, 8> kLeads{{{0xc2, 0xdf, 2, 0x80, 0xbf, 0x1f},
                                      {0xe0, 0xe0, 3, 0xa0, 0xbf, 0x0f},
                                      {0xe1, 0xec, 3, 0x80, 0xbf, 0x0f},
                                      {0xed, 0xed, 3, 0x80, 0x9f, 0x0f},
                                      {0xee, 0xef, 3, 0x80, 0xbf, 0x0f},
                                      {0xf0, 0xf0, 4, 0x90, 0xbf, 0x07},
                                      {0xf1, 0xf3, 4, 0x80, 0xbf, 0x07},
                                      {0xf4, 0xf4, 4, 0x80, 0x8f, 0x07}}};

/// Characters beyond ASCII that are written as escapes because nobody could see them.
struct Range {
  char32_t first;
  char32_t last;
};
constexpr std::array<Range, 11> kUnprintable{{{0x80, 0xa0},
                                              {0xad, 0xad},
                                              {0x1680, 0x1680},
                                              {0x2000, 0x200f},
                                              {0x2028, 0x202f},
                                              {0x205f, 0x206f},
                                              {0x3000, 0x3000},
                                              {0xe000, 0xf8ff},
                                              {0xfeff, 0xfeff},
                                              {0xfff0, 0xfffb},
                                              {0xe0000, 0x10ffff}}};

bool isPrintable(char32_t code) {
  if (code < 0x7f) return code >= 0x20;
  if (code == 0x7f) return false;
  return std::none_of(kUnprintable.begin(), kUnprintable.end(),
                      [&](const Range& range) { return code >= range.first && code <= range.last; });
}

std::string escaped(char32_t code) {
  constexpr std::string_view kLetters = "abtnvfr";  // 7 to 13
  const auto number = static_cast<std::uint32_t>(code);
  if (code >= 7 && code <= 13) return {'\\', kLetters[code - 7]};
  if (code < 0x20 || code == 0x7f) return fmt::format("\\x{:02x}", number);
  return code < 0x10000 ? fmt::format("\\u{:04x}", number) : fmt::format("\\U{:08x}", number);
}

std::string literal(std::string_view text, char mark) {
  std::string out(1, mark);
  while (!text.empty()) {
    const Rune rune = firstRune(text);
    const std::string_view bytes = text.substr(0, rune.bytes);
    if (!rune.isValid)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[0]));
    else if (bytes[0] == mark || bytes[0] == '\\')
      out += {'\\', bytes[0]};
    else
      out += isPrintable(rune.code) ? std::string(bytes) : escaped(rune.code);
    text.remove_prefix(rune.bytes);
  }
  return out + mark;
}

}  // namespace

Rune firstRune(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (at(0) < 0x80) return {at(0), 1, true};
  const auto lead = std::find_if(kLeads.begin(), kLeads.end(),
                                 [&](const Lead& row) { return at(0) >= row.first && at(0) <= row.last; });
  if (lead == kLeads.end() || text.size() < lead->bytes) return {};
  if (at(1) < lead->secondMin || at(1) > lead->secondMax) return {};
  auto code = static_cast<char32_t>(at(0) & lead->bits);
  for (std::size_t i = 1; i < lead->bytes; ++i) {
    if ((at(i) & 0xc0) != 0x80) return {};
    code = code << 6 | static_cast<char32_t>(at(i) & 0x3f);
  }
  return {code, lead->bytes, true};
}

std::string withValidRunes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Rune rune = firstRune(text);
    out += rune.isValid ? text.substr(0, rune.bytes) : std::string_view("\xef\xbf\xbd");
    text.remove_prefix(rune.bytes);
  }
  return out;
}

std::string quote(std::string_view text) {
  return literal(text, '"');
}

std::string quoteByte(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  if (value < 0x80) return literal(std::string_view(&byte, 1), '\'');
  // A byte is taken for the character of its number.
  const std::array<char, 2> utf8{static_cast<char>(0xc0 | value >> 6), static_cast<char>(0x80 | (value & 0x3f))};
  return literal(std::string_view(utf8.data(), utf8.size()), '\'');
}

}  // namespace microvm::golang
