// One client on the control socket: bytes in, frames out.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/core/unique_fd.hpp"
#include "daemon/shim/protocol.hpp"
#include "daemon/shim/viewer.hpp"

namespace microvm::shim {

class Connection {
public:
  explicit Connection(UniqueFd socket) : socket_(std::move(socket)) {}

  [[nodiscard]] int fd() const { return socket_.get(); }
  [[nodiscard]] bool isOpen() const { return static_cast<bool>(socket_); }
  void close() { socket_.reset(); }

  /// Reads what is there, once. Closes at the end of the stream and on errors.
  void read(char* scratch, std::size_t capacity);
  /// The next request, unless this client has to be held back. A frame over the cap is answered and closes.
  std::optional<Frame> nextRequest();
  /// Whether its requests wait until it has taken its answers, or the terminal its input.
  [[nodiscard]] bool isHeldBack() const;

  void send(FrameType type, std::string_view payload = {});
  void sendError(std::string_view code, std::string_view text);
  /// `bytes` is a whole frame; what the socket does not take now is kept.
  void sendRaw(std::string_view bytes);
  /// Writes what is kept.
  void flush();
  [[nodiscard]] bool hasOutput() const { return sent_ < out_.size(); }
  /// Closes once everything is written.
  void closeWhenSent();

  std::uint16_t version = 0;  ///< 0 until the hello
  bool isWaiting = false;     ///< asked for the exit record
  std::optional<Viewer> viewer;
  bool wantsNews = false;      ///< is told of the console's viewers
  std::uint64_t newsSeen = 0;  ///< the last one it was told
  std::string input;           ///< for the terminal, not taken yet

private:
  UniqueFd socket_;
  FrameReader reader_;
  std::string out_;
  std::size_t sent_ = 0;
  bool closing_ = false;
};

}  // namespace microvm::shim
