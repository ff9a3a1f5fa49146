// What happened, in order, with its cause. Kept in the store; a sequence number is never used twice.
#pragma once
#include <cstdint>
#include <string>

#include "api/core/time.hpp"

namespace microvm {

struct VmEvent {
  std::uint64_t sequence = 0;  ///< given by the store
  Timestamp at{};
  std::string vmId;
  std::string vmName;
  std::string type;   ///< "vm.created", "vm.starting", "vm.running", "vm.stop-asked", "vm.hard-stop", "vm.stopped", ...
  std::string cause;  ///< who or what: "user", "guest", "runner", "daemon"
  std::string detail;  ///< one sentence for people; may be empty
  bool operator==(const VmEvent&) const = default;
};

}  // namespace microvm
