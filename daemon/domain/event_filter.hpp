// Which events somebody wants.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "daemon/domain/event.hpp"
#include "daemon/domain/selection/label_selector.hpp"

namespace microvm {

/// What is not given is not asked for; what is given must all hold.
struct EventFilter {
  std::optional<std::string> vmId;
  std::optional<std::string> vm;   ///< an id or a name, of a VM that need not be there any more, or yet
  std::vector<std::string> kinds;  ///< one of these types; "vm.stop*" is every type that begins so
  LabelSelector labels;            ///< of the VM, as they were
  std::optional<Timestamp> since;  ///< at this time or later

  [[nodiscard]] bool matches(const VmEvent& event) const;
};

}  // namespace microvm
