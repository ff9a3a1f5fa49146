// The text messages of microvm.console.v1; docs/using.md describes them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "api/core/result.hpp"
#include "daemon/http/console/console_place.hpp"
#include "daemon/runner/runner.hpp"

namespace microvm::http {

/// {"type":"offset","offset","start","end","viewer"}: comes first; the next byte has this offset.
std::string offsetMessage(const ConsolePlace& place, std::uint32_t viewer);
/// {"type":"gap","from","to"}: the bytes between were skipped; the next byte has the offset `to`.
std::string gapMessage(std::uint64_t from, std::uint64_t to);
/// {"type":"viewers","count","viewers":[{"id","mode","label","since"}]}
std::string viewersMessage(const ConsoleNews& news);
/// {"type":"exclusive","viewer":ID or null}
std::string exclusiveMessage(const ConsoleNews& news);
/// {"type":"detach","offset","reason"}: comes last.
std::string detachMessage(std::uint64_t offset, std::string_view reason);
/// {"type":"error","code","detail"}: what the client sent last came to nothing.
std::string errorMessage(const Error& error);

/// What a client may say: {"type":"exclusive","wish":"take"|"take-over"|"release"} or {"type":"detach"}.
struct ConsoleWish {
  enum class Kind { Exclusive, Detach };
  Kind kind = Kind::Detach;
  ExclusiveWish wish = ExclusiveWish::Take;
};
/// Errc::Usage names what is wrong.
Result<ConsoleWish> parseWish(std::string_view text);

}  // namespace microvm::http
