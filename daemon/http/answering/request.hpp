// What handlers read from a request, strictly: what nobody knows is refused, never passed over.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "api/core/result.hpp"
#include "api/core/time.hpp"
#include "daemon/domain/event.hpp"
#include "daemon/http/exchange.hpp"

namespace microvm::http {

enum class Body { None, Json };

/// Errc::Usage when there is a query member that is not one of these, or one twice, or a body where none belongs.
Result<void> checkShape(const Exchange& exchange, std::initializer_list<std::string_view> query, Body body);

/// The member as a number, a flag ("", "true", "1", "false" or "0") or a span of time; Errc::Usage when it is none.
/// Absent it is nothing, or false.
Result<std::optional<std::uint64_t>> queryNumber(const Exchange& exchange, std::string_view name);
Result<bool> queryFlag(const Exchange& exchange, std::string_view name);
Result<std::optional<Milliseconds>> queryDuration(const Exchange& exchange, std::string_view name);
/// A point in time, or how long ago it was.
Result<std::optional<Timestamp>> queryTime(const Exchange& exchange, std::string_view name);

/// The body of a request that takes no query; an empty one is an empty object.
Result<nlohmann::ordered_json> readBody(const Exchange& exchange);

/// The cause of what the request begins: whoever sent it.
Cause causeOf(const Exchange& exchange);

/// The longest that a request may wait.
inline constexpr Milliseconds kLongestWait{600'000};
inline constexpr Milliseconds kDefaultWait{30'000};

/// N of "Prefer: wait=N", at most kLongestWait. What else is preferred is passed over, as RFC 7240 has it.
std::optional<Milliseconds> preferredWait(const Headers& headers);

/// The weight, in thousandths, with which Accept names this media type itself; 0 when it does not.
int acceptedWeight(const Headers& headers, std::string_view type);

/// The bytes wanted by "Range: bytes=A-B", "bytes=A-" (no last) or "bytes=-N" (only suffix).
struct ByteRange {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> last;
  std::optional<std::uint64_t> suffix;
  bool operator==(const ByteRange&) const = default;
};
/// Nothing for any other form, several ranges among them: the whole is answered then, as RFC 9110 has it.
std::optional<ByteRange> requestedRange(const Headers& headers);

}  // namespace microvm::http
