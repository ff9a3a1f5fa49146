// Whether a runner can do what a definition asks for.
#pragma once
#include <string>
#include <vector>

#include "api/core/error.hpp"
#include "daemon/domain/capabilities/record.hpp"
#include "daemon/domain/definition.hpp"

namespace microvm {

/// A member that asks a runner for something.
struct Ask {
  std::string pointer;
  Feature feature;
  std::string remark;  ///< what the record's way out is completed with; may be empty
  bool operator==(const Ask&) const = default;
};

struct Findings {
  std::vector<FieldError> errors;
  std::vector<FieldError> warnings;
};

/// Everything that the definition asks for, in the order of its members.
std::vector<Ask> asksOf(const Definition& definition);

/// All errors and warnings at once. `further`: what was written beside the definition's own members, such as an
/// interface of type tap.
Findings check(const Definition& definition, const CapabilityRecord& record, const std::vector<Ask>& further = {});

}  // namespace microvm
