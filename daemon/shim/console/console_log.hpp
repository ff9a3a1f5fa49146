// The console as a log: segments of a fixed size in one folder, each named after the offset of its first byte, and the
// index of times beside them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/result.hpp"
#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/shim/console/console_index.hpp"
#include "daemon/shim/console/rate_counter.hpp"

namespace microvm::shim {

class ConsoleLog {
public:
  struct Settings {
    std::string folder;
    std::uint64_t size = 8 * 1024 * 1024;  ///< a segment is closed when it has this many bytes
    unsigned keep = 4;                     ///< the newest segments that remain
  };
  struct Piece {
    std::uint64_t offset = 0;  ///< of the first byte read; beyond the one asked for when older bytes are gone
    std::size_t size = 0;      ///< 0: nothing there yet
  };

  /// Makes the folder if needed and goes on where the last segment ends.
  static Result<ConsoleLog> open(Settings settings);
  static std::string indexPath(const std::string& folder) { return folder + "/index"; }

  /// For whoever writes: marks a boot, and from now on the times of what is appended.
  void boot(Timestamp at = now());
  /// The runner has ended: where the log ends is noted, in case its last segments do not last.
  void ended();
  /// Never fails and never waits for space: what cannot be written is dropped and counted, and the log says so in its
  /// text once it can be written again. A segment that somebody removed or cut under us is given up, and the next byte
  /// begins a new one: offsets stay what they are.
  void append(std::string_view bytes, Timestamp at = now());
  /// The bytes at an offset, as far as its segment and `capacity` go.
  Piece read(std::uint64_t offset, char* buffer, std::size_t capacity);

  [[nodiscard]] std::uint64_t start() const { return segments_.empty() ? end_ : segments_.front(); }
  [[nodiscard]] std::uint64_t end() const { return end_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  /// Appended per second, over the last seconds.
  [[nodiscard]] std::uint64_t rate() const { return rate_.perSecond(RateCounter::Clock::now()); }
  /// Of boot(); 0 before it.
  [[nodiscard]] std::uint64_t bootNumber() const { return index_ ? index_->content().boots.back().number : 0; }

private:
  explicit ConsoleLog(Settings settings) : settings_(std::move(settings)) {}
  [[nodiscard]] std::string pathOf(std::uint64_t start) const;
  Result<void> scan();
  [[nodiscard]] bool isWhole() const;
  bool openSegment();
  bool openFile(std::uint64_t start);
  void rotate();
  std::size_t write(std::string_view bytes);
  void writeGap();
  int readable(std::uint64_t start);

  Settings settings_;
  std::vector<std::uint64_t> segments_;  // the offsets they start at, ascending
  std::uint64_t end_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t gap_ = 0;  // bytes dropped since the last one written
  UniqueFd current_;       // the last segment, once there is something to append
  std::optional<ConsoleIndex> index_;
  RateCounter rate_;
  UniqueFd cached_;  // the segment read last
  std::uint64_t cachedStart_ = 0;
};

/// The offset in a segment's file name, or nothing for a file that is none.
bool isSegmentName(std::string_view name, std::uint64_t& start);

}  // namespace microvm::shim
