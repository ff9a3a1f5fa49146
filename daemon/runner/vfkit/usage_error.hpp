// What vfkit refuses on its command line.
#pragma once
#include <string>
#include <utility>

#include "api/core/error.hpp"

namespace microvm::vfkit {

/// Errc::Usage with vfkit's own words.
inline Error usage(std::string detail) {
  return {Errc::Usage, std::move(detail), {}, {}};
}

}  // namespace microvm::vfkit
