// What systemd wants to hear from a service of Type=notify (sd_notify(3)): a datagram of lines.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "api/core/default_folders.hpp"
#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm {

class Notifier {
public:
  /// To the socket that NOTIFY_SOCKET names; to nobody when there is none.
  explicit Notifier(const Environment& environment);

  /// Whether somebody listens.
  [[nodiscard]] bool isWanted() const { return static_cast<bool>(fd_); }
  /// "READY=1", or several lines. A message that does not arrive is logged and nothing more.
  void send(std::string_view lines) const;
  /// "STATUS=text", unless that is what was said last.
  void status(const std::string& text);

private:
  std::string address_;
  UniqueFd fd_;
  std::string lastStatus_;
};

/// How often WATCHDOG=1 has to be sent: half of what WATCHDOG_USEC allows. Nothing when nobody watches process `pid`.
std::optional<Milliseconds> watchdogInterval(const Environment& environment, int pid);

}  // namespace microvm
