// A definition from a file or from standard input.
#pragma once
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "api/core/result.hpp"

namespace microvm::cli {

class Context;

/// What relative paths and "~" mean.
struct PathBase {
  std::string folder;
  std::string home;
};

/// The current folder and the user's home.
PathBase pathBase(const Context& context);

/// Reads YAML or JSON; "-" is standard input. In the API's form, with absolute paths: relative ones are relative to the
/// file's folder, those of standard input to the current one.
Result<nlohmann::ordered_json> readDefinition(const std::string& file, Context& context, const PathBase& base);

/// The text of a file, or with "-" of standard input; at most what a definition may have.
Result<std::string> readSource(const std::string& file, Context& context);

}  // namespace microvm::cli
