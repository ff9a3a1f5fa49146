#include "daemon/domain/capabilities/draft.hpp"

#include <algorithm>

namespace microvm {

void addUntold(std::vector<FieldError>& told, const std::vector<FieldError>& more) {
  const std::vector<FieldError> before = told;
  for (const FieldError& error : more) {
    const bool isTold = std::any_of(before.begin(), before.end(), [&](const FieldError& known) {
      return error.pointer == known.pointer || error.pointer.starts_with(known.pointer + "/") ||
             known.pointer.starts_with(error.pointer + "/");
    });
    if (!isTold) told.push_back(error);
  }
}

Findings judge(const Draft& draft, const CapabilityRecord& record) {
  Findings findings = check(draft.definition, record, draft.asks);
  std::vector<FieldError> errors = draft.errors;
  if (const Result<void> valid = validate(draft.definition); !valid) addUntold(errors, valid.error().errors);
  addUntold(errors, findings.errors);
  findings.errors = std::move(errors);
  return findings;
}

}  // namespace microvm
