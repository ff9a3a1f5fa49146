// The daemon's end of microvm-shim.
#pragma once
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/runner/runner.hpp"

namespace microvm {

/// `shimProgram` is the absolute path of microvm-shim. Everything runs on `executor`, which outlives the object. The
/// shims themselves go on when it is destroyed.
std::unique_ptr<Shims> makeShims(net::any_io_executor executor, std::string shimProgram);

}  // namespace microvm
