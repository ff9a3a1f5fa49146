// Whether a VM that died is started again, and when. Pure.
#pragma once
#include <optional>
#include <string>

#include "daemon/domain/vm.hpp"

namespace microvm {

/// Whether the end was one that nobody has to worry about: the guest powered itself off.
bool isCleanEnd(const ExitRecord& exit);

struct RestartDecision {
  /// With `nextAt` when the VM is to be started again; without it when it stays as it is.
  RestartHistory history;
  /// One sentence for people when there is something to say: when it is tried again, or why no longer.
  std::string verdict;
};

/// For an end that nobody asked for. The n-th death within `within` is answered after backoff * 2^(n-1), at most
/// maxBackoff; after more than giveUpAfter of them the VM stays stopped. `onFailure` leaves a clean end alone.
RestartDecision decideRestart(const Restart& policy, const RestartHistory& history, const ExitRecord& exit,
                              Timestamp now);

}  // namespace microvm
