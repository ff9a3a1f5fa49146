// The host's side of the virtio-serial devices.
#pragma once
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "daemon/process/pty.hpp"
#include "daemon/runner/vfkit/options.hpp"

namespace microvm::vfkit_qemu {

class Consoles {
public:
  /// Makes the ptys, truncates the log files, and prepares the terminal that is our standard input. The error names the
  /// file.
  static Result<Consoles> open(const vfkit::Options& options);

  [[nodiscard]] std::vector<std::string> ptyNames() const;
  /// The controlling sides of the ptys, for QEMU. Ours stay open, as do the terminals: no byte is lost when nobody has
  /// a terminal open.
  [[nodiscard]] std::vector<int> ptyControllers() const;
  [[nodiscard]] bool usesStdio() const { return usesStdio_; }

  /// To be called once QEMU has opened its ends. QEMU makes them non-blocking and would then drop what the other side
  /// has no room for; they are made blocking again, so that a guest whose console nobody reads waits.
  void settle() const;
  /// Somebody may still read what the guest wrote; it is lost when our ends close.
  [[nodiscard]] bool haveUnread() const;

private:
  std::vector<PtyPair> ptys_;
  bool usesStdio_ = false;
};

}  // namespace microvm::vfkit_qemu
