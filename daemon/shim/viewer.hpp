// One viewer of the console: its place in the log, and what others are told of it.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "api/core/time.hpp"
#include "daemon/shim/console/console_log.hpp"
#include "daemon/shim/protocol.hpp"

namespace microvm::shim {

struct Viewer {
  std::uint32_t id = 0;
  AttachMode mode = AttachMode::ReadOnly;
  std::uint64_t offset = 0;  ///< of the next byte for it
  std::uint64_t queue = 0;   ///< 0: it gets all that is kept, however slow it is
  std::string label;
  Timestamp since{};
  bool hasBeenAtEnd = false;

  [[nodiscard]] bool mayType() const { return mode != AttachMode::ReadOnly; }
  /// Goes ahead when it has fallen behind more than its queue, or behind what is kept.
  void skip(const ConsoleLog& log);
};

/// {"start","end","dropped","rate","boot","exclusive","count","viewers":[{"id","mode","label","since"}]}, at most one
/// frame long: of very many viewers the first are listed. `exclusive` is an id, 0 for none.
std::string consoleJson(const ConsoleLog& log, const std::vector<const Viewer*>& viewers, std::uint32_t exclusive);

}  // namespace microvm::shim
