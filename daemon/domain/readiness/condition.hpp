// The conditions of a VM, as Kubernetes has them: what holds, since when, and why or why not. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "daemon/domain/readiness/probe_state.hpp"
#include "daemon/domain/vm.hpp"

namespace microvm {

struct VmCondition {
  std::string type;  ///< "Running", "Ready", or that of a probe: "Http"
  ConditionStatus status = ConditionStatus::Unknown;
  std::string reason;          ///< one word
  std::string message;         ///< one sentence
  Timestamp lastTransition{};  ///< when `status` became what it is
  bool operator==(const VmCondition&) const = default;
};
using Conditions = std::vector<VmCondition>;

/// Running, one for each probe of the definition, Ready. `probes` has their states; those of the others are idle.
/// Ready is the sum: the guest runs and every sign is there.
Conditions conditionsOf(const Vm& vm, const std::vector<ProbeState>& probes, Timestamp now);

/// The new ones; what keeps its status keeps its lastTransition.
Conditions carriedOver(const Conditions& before, Conditions after);

/// Those whose status is another one than before. What was not there before has not changed.
std::vector<VmCondition> changesOf(const Conditions& before, const Conditions& after);

/// Nothing when there is none of this type.
const VmCondition* findCondition(const Conditions& conditions, std::string_view type);

/// What may be waited for.
struct ConditionGoal {
  std::string type = "Ready";
  ConditionStatus status = ConditionStatus::True;
  bool operator==(const ConditionGoal&) const = default;
};

/// "ready", "condition=Http", "condition=Ready=False": letter case is of no matter. Nothing for any other text; whether
/// a VM has the condition is another question.
std::optional<ConditionGoal> parseConditionGoal(std::string_view text);

}  // namespace microvm
