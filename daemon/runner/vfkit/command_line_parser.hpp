// vfkit's command line, read as vfkit reads it.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "api/core/result.hpp"
#include "daemon/runner/vfkit/options.hpp"

namespace microvm::vfkit {

/// The words after the program's name. Errc::Usage with vfkit's words for everything that vfkit refuses before it makes
/// a machine; virtio-blk images are opened and checked. `pidfile` is not written, that is the caller's.
Result<Options> parseCommandLine(std::span<const std::string> arguments);

/// The text of --help: what goes wrong on a command line is followed by it.
std::string_view usageText();

}  // namespace microvm::vfkit
