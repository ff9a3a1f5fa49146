// Texts from strangers, and texts for people.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace microvm {

/// The text between double quotes, fit for a message: at most 100 bytes (then "..."), control characters and bytes that
/// are no UTF-8 as \xNN.
std::string inQuotes(std::string_view text);

/// Whether all of it is UTF-8, without surrogates and overlong forms.
bool isUtf8(std::string_view text);

/// Whether a byte below 0x20 or 0x7F is in it (NUL, line breaks, escapes).
bool hasControlCharacters(std::string_view text);

/// Without these characters at both ends.
std::string_view trimmed(std::string_view text, std::string_view characters = " \t");

/// Of a hexadecimal digit in either case, else -1.
int hexValue(char c);

/// The name that was likely meant by a mistyped one, if any is near: the same but for letter case, or few edits away.
std::optional<std::string> nearestName(std::string_view typed, const std::vector<std::string>& names);

/// The text as one word of a POSIX shell, in quotes where it needs them. A command in a message is made of these.
std::string shellWord(std::string_view text);

/// A member's name as a part of a JSON pointer (RFC 6901): "/" is "~1", "~" is "~0".
std::string pointerPart(std::string_view name);

}  // namespace microvm
