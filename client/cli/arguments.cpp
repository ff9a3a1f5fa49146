#include "client/cli/arguments.hpp"

#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace microvm::cli {

void Arguments::set(std::string_view option, std::vector<std::string> values) {
  values_.insert_or_assign(std::string(option), std::move(values));
}

bool Arguments::has(std::string_view option) const {
  return values_.contains(option);
}

std::optional<std::string> Arguments::text(std::string_view option) const {
  const auto found = values_.find(option);
  if (found == values_.end() || found->second.empty()) return std::nullopt;
  return found->second.back();
}

std::vector<std::string> Arguments::all(std::string_view option) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

Result<std::optional<Milliseconds>> Arguments::duration(std::string_view option) const {
  const auto given = text(option);
  if (!given) return std::optional<Milliseconds>{};
  // A bare number is seconds, as timeout(1), docker and podman have it.
  const bool bare = !given->empty() && given->find_first_not_of("0123456789") == std::string::npos;
  auto span = parseDuration(bare ? *given + "s" : *given);
  if (!span) return Error{Errc::Usage, fmt::format("--{}: {}", option, span.error().detail), {}, {}};
  return std::optional<Milliseconds>{*span};
}

Result<std::optional<Timestamp>> Arguments::time(std::string_view option) const {
  const auto value = text(option);
  if (!value) return std::optional<Timestamp>();
  if (const auto span = parseDuration(*value)) return std::optional(now() - *span);
  if (const auto whole = parseTimestamp(*value)) return std::optional(*whole);
  return Error{Errc::Usage,
               fmt::format("--{}: \"{}\" is neither a time nor a span before now", option, *value),
               "write it as 2026-11-23T10:40:52Z, or 5m for five minutes ago",
               {}};
}

Result<std::optional<std::uint64_t>> Arguments::number(std::string_view option) const {
  const auto given = text(option);
  if (!given) return std::optional<std::uint64_t>{};
  std::uint64_t amount = 0;
  const auto* end = given->data() + given->size();
  const auto [stop, ec] = std::from_chars(given->data(), end, amount);
  if (ec == std::errc{} && stop == end && !given->empty()) return std::optional<std::uint64_t>{amount};
  const bool isTooLarge = ec == std::errc::result_out_of_range && stop == end;
  const auto what = isTooLarge
                        ? fmt::format("is too large; at most {} is taken", std::numeric_limits<std::uint64_t>::max())
                        : std::string("is not a whole number");
  return Error{Errc::Usage, fmt::format("--{}: \"{}\" {}", option, *given, what), {}, {}};
}

}  // namespace microvm::cli
