// The connection to a VM's console that is made again where it broke.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "api/core/result.hpp"
#include "client/client.hpp"

namespace microvm::cli {

class ConsoleLink {
public:
  using Note = std::function<void(std::string_view)>;
  static constexpr Milliseconds kRetryPause{200};

  ConsoleLink(client::Client& client, std::string vm, client::ConsoleAccess access, Note note);

  Result<void> attach(const client::ConsolePlace& place);
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
  /// How many bytes were taken, without waiting; a broken connection takes none.
  ssize_t send(std::string_view bytes);

private:
  void lose();
  Result<State> refused(const Error& error);

  client::Client& client_;
  std::string vm_;
  client::ConsoleAccess access_;
  Note note_;
  client::ConsoleConnection connection_;
  std::uint64_t offset_ = 0;
  std::chrono::steady_clock::time_point lostAt_;
  bool told_ = false;
};

}  // namespace microvm::cli
