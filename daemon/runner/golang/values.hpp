// Numbers, booleans and addresses in the syntax of Go's standard library, which vfkit's command line is read with.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "api/core/result.hpp"

namespace microvm::golang {

/// strconv.ParseUint(text, 0, 64): decimal, 0x, 0o, 0b or a leading 0 for octal; underscores between digits.
Result<std::uint64_t> parseUint(std::string_view text);

/// strconv.ParseUint(text, 10, bits): digits only.
Result<std::uint64_t> parseDecimal(std::string_view text, int bits);

/// strconv.ParseInt(text, 10, bits): digits with an optional sign.
Result<std::int64_t> parseSignedDecimal(std::string_view text, int bits, std::string_view function = "ParseInt");

/// strconv.ParseBool.
Result<bool> parseBool(std::string_view text);

/// net.ParseMAC: 6, 8 or 20 octets, with colons, hyphens or dots. The answer has colons and lower-case digits.
Result<std::string> parseMac(std::string_view text);

}  // namespace microvm::golang
