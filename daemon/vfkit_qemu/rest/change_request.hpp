// The body of POST /vm/state, read as Go's JSON decoder reads it into a struct with one member.
#pragma once
#include <string>
#include <string_view>

#include "api/core/result.hpp"

namespace microvm::vfkit_qemu {

/// The text of "state": its name in any letter case, the last one wins, null and absence give "". Other members and
/// everything behind the first value are ignored. Errc::Malformed with Go's words.
Result<std::string> readChangeRequest(std::string_view body);

}  // namespace microvm::vfkit_qemu
