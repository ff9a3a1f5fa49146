// How a VM is looked after.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "api/core/size.hpp"
#include "api/core/time.hpp"

namespace microvm {

/// The console's log: segments of `size` bytes, the newest `keep` of them.
struct ConsoleSettings {
  std::uint64_t size = 8 * kMiB;
  unsigned keep = 4;
  bool operator==(const ConsoleSettings&) const = default;
};

/// Starting with the daemon.
struct Autostart {
  bool enable = false;
  int priority = 0;                     ///< higher starts earlier
  Milliseconds delay{0};                ///< before the start
  std::vector<std::string> startAfter;  ///< names of VMs that are ready first
  bool operator==(const Autostart&) const = default;
};

enum class RestartPolicy { No, OnFailure, Always };

struct Restart {
  RestartPolicy policy = RestartPolicy::No;
  Milliseconds backoff{1'000};  ///< before the first restart; doubles with each
  Milliseconds maxBackoff{60'000};
  unsigned giveUpAfter = 5;      ///< restarts ...
  Milliseconds within{600'000};  ///< ... in this time
  bool operator==(const Restart&) const = default;
};

/// What becomes of the VM when the host shuts down.
enum class OnHostShutdown { Stop, Leave };

struct StopSettings {
  Milliseconds timeout{30'000};  ///< from the power button to the next rung
  bool escalate = true;          ///< false: stop at the first rung and report a timeout
  OnHostShutdown onHostShutdown = OnHostShutdown::Stop;
  bool operator==(const StopSettings&) const = default;
};

}  // namespace microvm
