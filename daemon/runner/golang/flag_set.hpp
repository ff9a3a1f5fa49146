// Flags in the syntax of Go's pflag: --name=value, --name value, -n value, -nvalue, -n=value, clusters of short
// switches, "--" as the end. Words that are not flags are accepted and ignored, as vfkit does.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/result.hpp"

namespace microvm::golang {

struct Flag {
  std::string_view name;
  char shorthand = 0;     ///< 0: none
  bool isSwitch = false;  ///< a bool: "--name" alone means "true"
  std::function<Result<void>(const std::string& value)> set;
  int occurrences = 0;  ///< counted while parsing
};

/// Calls `set` for every flag in its order, the last of a repeated flag last. Errc::Usage with pflag's words.
Result<void> parseFlags(std::vector<Flag>& flags, std::span<const std::string> arguments);

}  // namespace microvm::golang
