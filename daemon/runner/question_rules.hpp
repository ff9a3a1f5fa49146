// What may be asked of a running runner, by its capability record.
#pragma once
#include <optional>

#include "api/core/result.hpp"
#include "daemon/domain/capabilities/record.hpp"
#include "daemon/runner/runner.hpp"

namespace microvm {

/// Errc::WrongState, with the record's reason and way out, when the runner does not have the feature.
Result<void> checkAble(const CapabilityRecord& record, Feature feature);

/// The same for a question to its REST socket; `change` is what the question asks for, if it is a change. krunkit takes
/// every order for the power button, whatever it says, and answers every question with its state: whoever means
/// something else is told so instead.
Result<void> checkQuestion(const CapabilityRecord& record, const RunnerQuestion& question,
                           std::optional<RunnerChange> change);

}  // namespace microvm
