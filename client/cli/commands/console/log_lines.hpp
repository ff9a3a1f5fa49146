// What logs prints: bytes as they are, or lines with their times, or only some lines.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/console/pattern.hpp"
#include "api/core/time.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {

/// When the bytes of a console were written, as the API tells.
class LogTimes {
public:
  /// `status`: the answer of getConsoleStatus with its marks.
  explicit LogTimes(const nlohmann::ordered_json& status);

  struct Mark {
    std::uint64_t offset = 0;
    Timestamp at{};
  };
  [[nodiscard]] const std::vector<Mark>& marks() const { return marks_; }
  /// Of the byte at this offset; nothing before the first mark.
  [[nodiscard]] std::optional<Timestamp> at(std::uint64_t offset) const;

private:
  std::vector<Mark> marks_;
};

class LogLines {
public:
  LogLines(Output& out, std::optional<Pattern> grep, std::optional<LogTimes> times)
      : out_(out), grep_(std::move(grep)), times_(std::move(times)) {}

  /// Bytes of the log and the offset of the first. What goes on where the last ended may be in the middle of a line.
  void feed(std::uint64_t offset, std::string_view bytes);
  /// From now on lines are new: their time is the present one.
  void goLive() { isLive_ = true; }
  /// Prints the last line though it has no end.
  void finish();

private:
  void print(std::string_view line);

  Output& out_;
  std::optional<Pattern> grep_;
  std::optional<LogTimes> times_;
  std::string line_;
  std::uint64_t lineOffset_ = 0;
  bool isLive_ = false;
};

}  // namespace microvm::cli
