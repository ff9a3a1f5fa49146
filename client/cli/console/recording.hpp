// Terminal recordings in asciicast v2: a line of JSON for the head and one for each event.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/core/result.hpp"
#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm::cli {

struct TerminalSize {
  unsigned columns = 80;
  unsigned rows = 24;
  bool operator==(const TerminalSize&) const = default;
};

/// Cuts a stream of bytes where a character is whole: what is incomplete at its end is kept for the next piece. Bytes
/// that are no UTF-8 at all become U+FFFD.
class CharacterCutter {
public:
  std::string feed(std::string_view bytes);
  /// What is left at the end of the stream.
  std::string finish();

private:
  std::string held_;
};

class Recording {
public:
  using Clock = std::chrono::steady_clock;

  /// Replaces the file. Times in it count from `begin`.
  static Result<Recording> create(const std::string& path, std::string_view title, TerminalSize size,
                                  Clock::time_point begin);

  /// Errc::DiskFull and the like: what was recorded so far is whole, but for this.
  Result<void> output(std::string_view bytes, Clock::time_point at);
  Result<void> resize(TerminalSize size, Clock::time_point at);
  Result<void> finish(Clock::time_point at);

private:
  Recording(std::string path, UniqueFd file, Clock::time_point begin)
      : path_(std::move(path)), file_(std::move(file)), begin_(begin) {}
  Result<void> event(std::string_view kind, std::string_view text, Clock::time_point at);
  Result<void> write(const std::string& line);

  std::string path_;
  UniqueFd file_;
  Clock::time_point begin_;
  CharacterCutter cutter_;
};

/// One event of a recording, read back.
struct RecordedEvent {
  Milliseconds at{0};
  std::string output;
};
/// Errc::Invalid when the line is no head of version 2.
Result<void> checkRecordingHead(std::string_view line);
/// Nothing for an event of another kind; Errc::Invalid when the line is none.
Result<std::optional<RecordedEvent>> parseRecordedEvent(std::string_view line);

}  // namespace microvm::cli
