// What lets a client in from afar. The secret itself is known to its owner alone; here is only its hash.
#pragma once
#include <optional>
#include <string>

#include "api/core/time.hpp"
#include "daemon/domain/access/scope.hpp"

namespace microvm {

struct Token {
  std::string id;    ///< UUID
  std::string name;  ///< for people; one token of a name
  std::string hash;  ///< SHA-256 of the secret, hexadecimal
  Scopes scopes;
  Timestamp createdAt{};
  std::optional<Timestamp> expiresAt;
  bool operator==(const Token&) const = default;
};

}  // namespace microvm
