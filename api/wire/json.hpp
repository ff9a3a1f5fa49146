// Reading JSON from strangers: bounded, strict.
#pragma once
#include <cstddef>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "api/core/result.hpp"

namespace microvm {

struct JsonLimits {
  std::size_t bytes;
  std::size_t values;
};
/// What anybody may send: more than any definition needs.
inline constexpr JsonLimits kRequestJson{std::size_t{2} * 1024 * 1024, 20'000};
/// What a daemon answers, lists of everything that it has among it.
inline constexpr JsonLimits kAnswerJson{std::size_t{64} * 1024 * 1024, 10'000'000};

/// Parses a text of at most 32 levels, without duplicate members. Errc::Malformed with the place, or Errc::TooLarge.
Result<nlohmann::ordered_json> parseJson(std::string_view text, JsonLimits limits = kRequestJson);

}  // namespace microvm
