// When the bytes of a console were written: where each boot began, and marks of time along the way.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm::shim {

/// The bytes from here up to the next mark were written at this time or a little earlier, never later.
struct TimeMark {
  std::uint64_t offset = 0;
  Timestamp at{};
  bool operator==(const TimeMark&) const = default;
};

struct BootMark {
  std::uint64_t number = 0;  ///< the first boot of the VM's life is 1
  std::uint64_t offset = 0;
  Timestamp at{};
  bool operator==(const BootMark&) const = default;
};

/// A text file of lines beside the segments. Its size is bounded: marks are 100 ms apart at the least, those of bytes
/// that are gone are forgotten, and when there are too many the older ones are merged with their neighbours.
class ConsoleIndex {
public:
  struct Content {
    std::vector<BootMark> boots;
    std::vector<TimeMark> times;
    std::uint64_t end = 0;  ///< the log had come at least to here, whatever became of its segments

    /// The largest offset that any mark names.
    [[nodiscard]] std::uint64_t furthest() const;
  };
  static constexpr std::size_t kMostTimes = 4096;
  static constexpr std::size_t kMostBoots = 256;

  /// Lines that cannot be read, a torn last one among them, are left out.
  static Content parse(std::string_view text);

  /// Goes on with what the file has; one that cannot be read counts as empty.
  static ConsoleIndex open(std::string path);

  void boot(std::uint64_t offset, Timestamp at);
  /// Bytes are being written from this offset on. Never fails: what the disk does not take now is written later.
  void wrote(std::uint64_t offset, Timestamp at);
  /// The runner has ended, and the log ends here.
  void ended(std::uint64_t offset);
  /// The bytes before this offset are gone.
  void trim(std::uint64_t start);

  [[nodiscard]] const Content& content() const { return content_; }

private:
  explicit ConsoleIndex(std::string path) : path_(std::move(path)) {}
  void thin();
  void append(const std::string& line);
  void rewrite();
  [[nodiscard]] bool isFileThere() const;

  std::string path_;
  Content content_;
  UniqueFd file_;
  std::size_t lines_ = 0;  // in the file
  Timestamp lastAt_{};
};

}  // namespace microvm::shim
