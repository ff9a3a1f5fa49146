// Where the guest's screen is shown: in a window, or by VNC on a Unix socket.
#pragma once
#include <string>
#include <utility>

#include "api/core/result.hpp"
#include "daemon/runner/vfkit/options.hpp"
#include "daemon/vfkit_qemu/qemu/command_line.hpp"
#include "daemon/vfkit_qemu/report/report.hpp"

namespace microvm::vfkit_qemu {

/// With --gui: the devices that vfkit adds by itself, and the first screen in a window. Says so in the log.
void addGuiDevices(vfkit::Options& options, const Log& log);

/// QEMU's kind of window, out of what "-display help" printed; empty when it knows none.
std::string windowKind(const std::string& displayHelp);

class Screen {
public:
  /// Nothing for a guest without a screen. A window with --gui where the environment names a display and QEMU can show
  /// one; otherwise a VNC socket called vnc.sock beside the REST socket, or in a private folder where there is none.
  static Result<Screen> choose(const vfkit::Options& options, const std::string& qemu, const Log& log);

  Screen() = default;
  Screen(Screen&& other) noexcept
      : display_(std::exchange(other.display_, {})), folder_(std::exchange(other.folder_, {})) {}
  Screen& operator=(Screen&& other) noexcept;
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen();

  [[nodiscard]] const Display& display() const { return display_; }

private:
  Display display_;
  std::string folder_;  ///< made for the socket alone; empty: the socket is beside another
};

}  // namespace microvm::vfkit_qemu
