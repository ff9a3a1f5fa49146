// Reading JSON from strangers: bounded, strict.
#pragma once
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "api/core/result.hpp"

namespace microvm {

/// Parses a text of at most 2 MiB, 32 levels and 20,000 values, without duplicate members. Errc::Malformed with the
/// place, or Errc::TooLarge.
Result<nlohmann::ordered_json> parseJson(std::string_view text);

}  // namespace microvm
