// Strings as Go sees them: bytes that are read as UTF-8, each byte that is none being a character of its own.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace microvm::golang {

inline constexpr char32_t kReplacement = 0xfffd;

struct Rune {
  char32_t code = kReplacement;
  std::size_t bytes = 1;
  bool isValid = false;  ///< false: one byte that begins no character
};

/// The first character of a text that is not empty.
Rune firstRune(std::string_view text);

/// The text after a walk over its characters: every byte that is no UTF-8 has become U+FFFD.
std::string withValidRunes(std::string_view text);

/// A text as a Go string literal, which is what %q prints.
std::string quote(std::string_view text);

/// One byte as a Go character literal.
std::string quoteByte(char byte);

}  // namespace microvm::golang
