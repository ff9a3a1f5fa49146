// The members of a VM that a client wants: ?fields=metadata.name,status.state
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/core/result.hpp"

namespace microvm::http {

class Projection {
public:
  /// Paths with dots, between commas; "spec" is all of it. Errc::Usage for one that no VM can have.
  static Result<Projection> parse(std::string_view text);

  /// These members only. What the VM does not have is left out.
  [[nodiscard]] nlohmann::ordered_json of(const nlohmann::ordered_json& vm) const;

private:
  std::vector<std::vector<std::string>> paths_;
};

/// The members that a VM can have, as "metadata.name", in the order of the document.
const std::vector<std::string_view>& projectedMembers();

}  // namespace microvm::http
