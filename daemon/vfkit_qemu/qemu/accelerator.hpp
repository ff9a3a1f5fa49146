// Which accelerator a guest runs under. A /dev/kvm that opens says little: some run no real kernel, or one instruction
// in a microsecond.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "api/core/result.hpp"
#include "api/core/time.hpp"
#include "daemon/process/file_lock.hpp"
#include "daemon/vfkit_qemu/qemu/command_line.hpp"

namespace microvm::vfkit_qemu {

/// What a verdict depends on. A change of any of it asks for a new one.
struct AcceleratorKey {
  std::string qemu;    ///< path, time and size of the program
  std::string kernel;  ///< release and boot of the host's kernel
  std::string device;  ///< identity of /dev/kvm

  [[nodiscard]] std::string text() const { return qemu + "\n" + kernel + "\n" + device; }
};

/// Remembers one verdict in a file. A file that cannot be read, or is broken, remembers nothing.
class VerdictCache {
public:
  /// An empty path remembers nothing. `patience`: how long one waits for the verdict that another is finding.
  explicit VerdictCache(std::string path, Milliseconds patience = Milliseconds(3000))
      : path_(std::move(path)), patience_(patience) {}
  [[nodiscard]] std::optional<bool> find(const AcceleratorKey& key) const;
  void store(const AcceleratorKey& key, bool usable) const;
  /// Held while a verdict is found, by one process at a time: many that start at once would make each other's guests
  /// slow, and a slow guest is taken for a hung one. Nothing when patience ends or there is no cache.
  [[nodiscard]] std::optional<FileLock> lock() const;
  /// $XDG_CACHE_HOME/microvm/accelerator, or the like under ~/.cache; empty when there is no home.
  static std::string defaultPath();

private:
  std::string path_;
  Milliseconds patience_;
};

/// Kvm when the cache or else the probe says that a guest runs under it.
Accelerator chooseKvm(const AcceleratorKey& key, const VerdictCache& cache, const std::function<bool()>& probe);

/// Whether guests of a guest run under this accelerator on this host; the Error says why not.
Result<void> checkNested(const Host& host);

struct ChosenAccelerator {
  Accelerator accelerator = Accelerator::Tcg;
  std::string why;
};

/// The accelerator of this host: HVF on macOS, KVM where a guest was seen to run under it, else TCG. The first call
/// after a boot of the host may take two seconds. `self` is this program, the tether of the guest that is tried.
ChosenAccelerator hostAccelerator(const std::string& qemuProgram, const std::string& self);

}  // namespace microvm::vfkit_qemu
