// The connection to a VM's console that is made again where it broke.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "api/core/result.hpp"
#include "api/http/websocket.hpp"
#include "client/client.hpp"

namespace microvm::cli {

class ConsoleLink {
public:
  using Note = std::function<void(std::string_view)>;
  static constexpr Milliseconds kRetryPause{200};

  ConsoleLink(client::Client& client, std::string vm, client::ConsoleRequest request, Note note);

  Result<void> attach();
  /// After a break: one attempt to go on. `Waiting`: try again after kRetryPause. Errc::Unreachable when no daemon
  /// answered for ten seconds.
  enum class State { Connected, Waiting, Ended };
  Result<State> reattach();

  [[nodiscard]] bool isConnected() const { return static_cast<bool>(connection_.socket); }
  [[nodiscard]] int fd() const { return connection_.socket.get(); }
  /// Offset of the byte that comes next.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  /// Bytes that came while attaching.
  std::string takeReceived();

  /// What has come, without waiting. Empty when nothing has, or when the connection broke: isConnected() tells.
  Result<std::string> receive();
  /// How many bytes were taken, without waiting; a broken connection takes none. What was taken may still have to be
  /// sent: call it again, with nothing if need be, as long as hasOutput().
  std::size_t send(std::string_view bytes);
  [[nodiscard]] bool hasOutput() const { return !out_.empty(); }

private:
  [[nodiscard]] bool isSocket() const { return connection_.protocol == client::ConsoleConnection::Protocol::WebSocket; }
  std::string decode(std::string_view bytes);
  void heed(const std::string& message);
  void heedViewers(const client::Json& message);
  void heedExclusive(const client::Json& message);
  bool flush();
  void lose();
  Result<State> refused(const Error& error);

  client::Client& client_;
  std::string vm_;
  client::ConsoleRequest request_;
  Note note_;
  client::ConsoleConnection connection_;
  http::WebSocketDecoder decoder_{http::WebSocketRole::Client};
  std::uint64_t offset_ = 0;
  std::string received_;
  std::string out_;    // of the frame that is being sent
  std::string typed_;  // its bytes, to be sent again when the connection breaks in its middle
  std::uint64_t viewer_ = 0;
  std::optional<std::uint64_t> holder_;         // the viewer that has the console exclusively
  std::map<std::uint64_t, std::string> names_;  // of the viewers
  bool toldViewers_ = false;
  std::chrono::steady_clock::time_point lostAt_;
  bool told_ = false;
};

}  // namespace microvm::cli
