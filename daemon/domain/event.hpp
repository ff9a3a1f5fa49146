// What happened, in order, with its cause. Kept in the store; a sequence number is never used twice.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "api/core/time.hpp"

namespace microvm {

/// Why something happens. A word says most of it, so a word is a cause.
struct Cause {
  Cause() = default;
  Cause(std::string word) : kind(std::move(word)) {}
  Cause(const char* word) : kind(word) {}

  std::string kind;       ///< user, guest, runner, daemon, restart-policy, readiness, autostart, host-shutdown
  std::string requestId;  ///< of the request that asked for it, if one did
  std::string user;       ///< who sent that: "alice", "token ci"
  bool operator==(const Cause&) const = default;
};

/// What the log says of a cause behind an entry: " request=ID"; nothing where no request asked for it.
std::string trace(const Cause& cause);

/// How a process ended, as far as it is known.
struct ExitOutcome {
  std::optional<int> code;
  std::optional<int> signal;
  bool operator==(const ExitOutcome&) const = default;
};

struct VmEvent {
  std::uint64_t sequence = 0;  ///< given by the store
  Timestamp at{};
  std::string vmId;
  std::string vmName;
  std::string type;  ///< one of docs/events.md: "vm.created"
  Cause cause;
  std::string detail;                           ///< one sentence for people; may be empty
  std::optional<ExitOutcome> exit{};            ///< of the runner, when its end is what happened
  std::map<std::string, std::string> labels{};  ///< of the VM, as they were
  bool operator==(const VmEvent&) const = default;
};

}  // namespace microvm
