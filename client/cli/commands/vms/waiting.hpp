// Steps that several commands take with a batch of VMs.
#pragma once
#include <string>

#include "api/core/time.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/context.hpp"
#include "client/client.hpp"

namespace microvm::cli {

/// One limit for all of them together.
void waitAll(Context& context, Batch& batch, client::Condition condition, Milliseconds limit);
/// For "ready" and "condition=NAME".
void waitAll(Context& context, Batch& batch, const std::string& goal, Milliseconds limit);

}  // namespace microvm::cli
