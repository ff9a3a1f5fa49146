// Where in a console a request wants to begin, and where to end.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "api/core/time.hpp"
#include "daemon/async/task.hpp"
#include "daemon/service/service.hpp"

namespace microvm::http {

/// What a request asks for. Of offset, tail and since at most one is given.
struct ConsoleQuery {
  std::optional<std::uint64_t> offset;
  std::optional<std::uint64_t> tail;  ///< bytes before the end
  std::optional<Timestamp> since;
  std::optional<Timestamp> until;
  std::optional<std::int64_t> boot;  ///< only this one: 0 the newest, -1 the one before, N the Nth of the VM's life
};

struct ConsolePlace {
  std::uint64_t start = 0;   ///< offset of the oldest byte kept
  std::uint64_t offset = 0;  ///< where to begin; never before `start`
  std::uint64_t end = 0;     ///< where to end: the log's end, unless a boot or a time bounds it
  std::uint64_t logEnd = 0;  ///< one past the newest byte
  bool isBeyond = false;     ///< what was asked for lies beyond the end
};

enum class DefaultPlace { Oldest, End };

/// Without a wish the place is as `byDefault` says. Errc::NotFound for a boot that is not known.
Task<ConsolePlace> findPlace(Service& service, std::string vm, ConsoleQuery query, DefaultPlace byDefault);

}  // namespace microvm::http
