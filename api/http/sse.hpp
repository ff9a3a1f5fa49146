// Server-sent events, the text/event-stream of HTML: one after the other on an answer that does not end.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/core/result.hpp"

namespace microvm::http {

struct ServerSentEvent {
  std::string id;    ///< where a reader that comes back goes on: its Last-Event-ID
  std::string name;  ///< empty for a plain message
  std::string data;  ///< one line or several
  bool operator==(const ServerSentEvent&) const = default;
};

/// The event with the blank line that ends it. Line ends in id and name become blanks.
std::string serializeEvent(const ServerSentEvent& event);
/// What no reader sees; it keeps the connection busy. With an id readers go on after that one when they come back.
std::string serializeHeartbeat(std::string_view id);
/// How long a reader waits before it comes back.
std::string serializeRetry(std::uint64_t milliseconds);

/// Takes the stream apart as it comes, whatever the pieces. After an error it must not be used again.
class SseDecoder {
public:
  /// `cap`: of one event, in bytes.
  explicit SseDecoder(std::size_t cap) : cap_(cap) {}

  void append(std::string_view bytes) { input_ += bytes; }
  /// The next whole event, or nothing until more is appended. Errc::TooLarge for one over the cap.
  Result<std::optional<ServerSentEvent>> next();
  /// The id that was seen last, of an event or of a heartbeat.
  [[nodiscard]] const std::string& lastId() const { return lastId_; }

private:
  Result<bool> takeLine(std::string& line);
  void takeField(std::string_view line);

  std::size_t cap_;
  std::string input_;
  std::size_t searched_ = 0;  // of the input, for the end of a line
  bool started_ = false;      // a byte order mark may only come first
  bool afterCr_ = false;
  bool hasData_ = false;
  std::string name_;
  std::string data_;
  std::string lastId_;
};

}  // namespace microvm::http
