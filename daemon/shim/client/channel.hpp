// A connection to a shim: frames both ways, with a deadline where one is set.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "api/core/time.hpp"
#include "daemon/async/task.hpp"
#include "daemon/shim/protocol.hpp"

namespace microvm::shim {

class Channel {
  struct State;

public:
  /// Use open().
  explicit Channel(std::shared_ptr<State> state);
  /// Connects and agrees on a version, in a few seconds. Errc::Unreachable when nobody listens, Errc::Protocol when
  /// the other side is no shim that we can speak with.
  static Task<std::unique_ptr<Channel>> open(std::string path);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Of the protocol, as agreed.
  [[nodiscard]] std::uint16_t version() const { return version_; }

  /// All reads and writes end with Errc::Timeout when they take until then; no deadline to begin with.
  void setDeadline(Milliseconds limit);
  void clearDeadline();

  /// Errc::Unreachable when the shim closed, Errc::Protocol for garbage. One read and one write at a time.
  Task<Frame> read();
  Task<void> write(FrameType type, std::string payload);
  /// Sends a request and gives the payload of the answer of this type; an error frame is an error.
  Task<std::string> ask(FrameType request, std::string payload, FrameType answer);

private:
  Task<void> greet();

  std::uint16_t version_ = 0;
  std::shared_ptr<State> state_;  // shared with the deadline's handler, which may be queued when this object ends
};

}  // namespace microvm::shim
