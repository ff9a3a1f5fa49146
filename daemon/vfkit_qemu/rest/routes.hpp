// vfkit's REST API: a request in, its answer out.
#pragma once
#include "api/http/message.hpp"
#include "daemon/async/task.hpp"
#include "daemon/vfkit_qemu/rest/machine.hpp"

namespace microvm::vfkit_qemu {

/// Answers as vfkit's server does, without the Date header. The machine must outlive the answer. Ends without one (the
/// connection is dropped) when the machine is cut off.
Task<http::Response> answer(Machine& machine, http::Request request);

}  // namespace microvm::vfkit_qemu
