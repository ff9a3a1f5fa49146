// A definition as people write it, out of what the API gives.
#pragma once
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace microvm::cli {

/// YAML that parseDefinition() reads back as the same definition: name, labels and protection, then the members of the
/// spec. `vm` is in the API's form; its status and what only the server writes are left out.
std::string definitionText(const nlohmann::ordered_json& vm);

}  // namespace microvm::cli
