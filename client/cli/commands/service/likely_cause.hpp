// After a start that failed: what is wrong with this host?
#pragma once
#include "api/core/error.hpp"
#include "client/cli/context.hpp"
#include "client/cli/doctor/subject.hpp"

namespace microvm::cli {

/// Examines the host, and tells on standard error what most likely caused the failure; nothing under --quiet, nothing
/// for a failure that has nothing to do with the host, and nothing when no check finds anything.
void tellLikelyCause(Context& context, const Error& failure);

/// What a context's daemon says of itself, and what is known without it.
doctor::Subject surveyFrom(Context& context, const doctor::Host& host);

}  // namespace microvm::cli
