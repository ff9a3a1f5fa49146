// The address of a network block device's export, as every runner can take it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace microvm {

/// What is wrong with it and what to write instead, to stand behind the address; nothing when it names a server. vfkit
/// itself would take any text, and the guest would not start.
std::optional<std::string> nbdProblem(std::string_view uri);

/// nbds:// and nbds+unix://
bool isNbdOverTls(std::string_view uri);

}  // namespace microvm
