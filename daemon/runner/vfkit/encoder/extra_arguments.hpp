// Which further arguments a definition may bring.
#pragma once
#include <string>
#include <vector>

#include "api/core/error.hpp"
#include "daemon/domain/definition.hpp"

namespace microvm {

/// What the daemon manages may not stand there again: the runner would let the last one win, or get two. So may not
/// words that the runner would pass over.
std::vector<FieldError> extraArgumentProblems(RunnerKind runner, const std::vector<std::string>& words);

}  // namespace microvm
