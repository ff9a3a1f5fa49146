// A definition as it was written, before anybody said that it can be used.
#pragma once
#include <vector>

#include "daemon/domain/capabilities/check.hpp"

namespace microvm {

struct Draft {
  Draft() = default;
  Draft(Definition wanted) : definition(std::move(wanted)) {}  // NOLINT: a definition is a draft without remarks

  Definition definition;           ///< what could be read, defaults elsewhere
  std::vector<FieldError> errors;  ///< what could not
  std::vector<Ask> asks;           ///< what was written beside the members that there are
};

/// Adds those of `more` that say something new: nothing about a member that could not be read, nor about what is in it
/// or around it, since a default stands there.
void addUntold(std::vector<FieldError>& told, const std::vector<FieldError>& more);

/// The draft's own errors, the definition's (validate()) and the runner's (check()), and the warnings.
Findings judge(const Draft& draft, const CapabilityRecord& record);

}  // namespace microvm
