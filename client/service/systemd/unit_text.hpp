// The text of unit files: quoting (systemd.syntax(7), systemd.service(5)), and reading back what we wrote.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "api/core/result.hpp"

namespace microvm::service {

/// A command line for ExecStart=: words quoted where they have to be, no specifier or variable expanded.
std::string execLine(const std::vector<std::string>& words);

/// The inverse of execLine. Specifiers and variables stay as they are.
std::vector<std::string> splitExecLine(std::string_view line);

/// A value that systemd takes as it is, but for specifiers: a path of ListenStream=.
std::string plainValue(std::string_view text);

/// The last value of a key in a section; empty when there is none.
std::string valueOf(std::string_view unit, std::string_view section, std::string_view key);

}  // namespace microvm::service
