// Members that people bring along from elsewhere, microvm.nix above all. They are answered with more than "unknown".
#pragma once
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/core/error.hpp"
#include "daemon/domain/capabilities/check.hpp"

namespace microvm {

struct ForeignMembers {
  std::vector<FieldError> errors;  ///< what no runner is asked for, with the word that is meant
  std::vector<Ask> asks;           ///< what a runner's record answers
};

/// Takes them out of a definition in the API's form, so that what is left can be read strictly.
ForeignMembers takeForeignMembers(nlohmann::ordered_json& definition);

}  // namespace microvm
