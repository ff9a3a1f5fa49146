// Where in a console a request wants to begin.
#pragma once
#include <cstdint>
#include <string>

#include "daemon/http/exchange.hpp"
#include "daemon/service/service.hpp"

namespace microvm::http {

struct ConsolePlace {
  std::uint64_t start = 0;   ///< offset of the oldest byte kept
  std::uint64_t offset = 0;  ///< where to begin; never before `start`
  std::uint64_t end = 0;     ///< one past the newest byte
  bool isBeyond = false;     ///< what was asked for lies beyond the end
};

/// From the query members offset or tail (not both), or else the beginning, or for `fromEnd` the end.
Task<ConsolePlace> findPlace(Service& service, Exchange exchange, bool fromEnd);

}  // namespace microvm::http
