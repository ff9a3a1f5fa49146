// A check as a row of a table: what is looked at, where, and the function that looks.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "client/cli/doctor/host.hpp"
#include "client/cli/doctor/subject.hpp"

namespace microvm::doctor {

enum class Level { Ok, Info, Warning, Error };

/// "ok", "info", "warning", "error".
std::string_view nameOf(Level level);

struct Finding {
  Level level = Level::Ok;
  std::string finding;  ///< names the thing and its value
  std::string reason;   ///< why that matters; empty when all is well
  std::string fix;      ///< a command where there is one
};

enum class Where { Everywhere, Linux, MacOs };
/// Whether an error that a check finds keeps VMs from starting.
enum class Weight { StopsStarts, Advice };

struct Check {
  std::string_view id;
  Where where = Where::Everywhere;
  std::string_view title;  ///< what is looked at
  std::string_view why;    ///< why anybody should
  Weight weight = Weight::Advice;
  std::string_view explains;  ///< words in the message of a failed start that point to it, with "|" between
  /// Nothing when there is nothing to look at.
  std::optional<Finding> (*examine)(const Host& host, const Subject& subject) = nullptr;
};

/// Every check, the most likely cause of a failed start first.
std::span<const Check> checks();

/// A path for a shell.
std::string quoted(const std::string& path);

}  // namespace microvm::doctor
