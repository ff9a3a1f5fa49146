#include "daemon/shim/viewer.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "daemon/shim/report.hpp"

namespace microvm::shim {
namespace {

constexpr std::size_t kJsonBytes = kPayloadBytes - 1024;
constexpr std::array<std::string_view, 3> kModes{"ro", "rw", "exclusive"};

std::string toJson(const Viewer& viewer) {
  return "{\"id\":" + std::to_string(viewer.id) + ",\"mode\":\"" +
         std::string(kModes[static_cast<std::size_t>(viewer.mode)]) + "\",\"label\":" + jsonString(viewer.label) +
         ",\"since\":" + jsonString(formatTimestamp(viewer.since)) + "}";
}

}  // namespace

void Viewer::skip(const ConsoleLog& log) {
  hasBeenAtEnd = hasBeenAtEnd || offset >= log.end();
  if (queue == 0) return;
  const bool isSlow = hasBeenAtEnd && log.end() - offset > queue;
  // Half of its queue, or the next piece would have it skip again.
  if (isSlow || offset < log.start()) offset = std::max(log.start(), log.end() - std::min(log.end(), queue / 2));
}

std::string consoleJson(const ConsoleLog& log, const std::vector<const Viewer*>& viewers, std::uint32_t exclusive) {
  std::string out = "{\"start\":" + std::to_string(log.start()) + ",\"end\":" + std::to_string(log.end()) +
                    ",\"dropped\":" + std::to_string(log.dropped()) + ",\"rate\":" + std::to_string(log.rate()) +
                    ",\"boot\":" + std::to_string(log.bootNumber()) +
                    ",\"exclusive\":" + (exclusive == 0 ? "null" : std::to_string(exclusive)) +
                    ",\"count\":" + std::to_string(viewers.size()) + ",\"viewers\":[";
  for (std::size_t i = 0; i < viewers.size() && out.size() < kJsonBytes; ++i)
    out += (i == 0 ? "" : ",") + toJson(*viewers[i]);
  return out + "]}\n";
}

}  // namespace microvm::shim
