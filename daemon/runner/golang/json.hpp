// JSON as Go's encoder writes it.
#pragma once
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace microvm::golang {

/// No spaces, members in their order; "<", ">" and "&" and the line separators U+2028 and U+2029 as \u escapes; a byte
/// that is no UTF-8 as \ufffd. Numbers are integers.
std::string encodeJson(const nlohmann::ordered_json& value);

}  // namespace microvm::golang
