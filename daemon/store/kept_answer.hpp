// The answer to a request that had an Idempotency-Key.
#pragma once
#include <string>

#include "api/core/time.hpp"

namespace microvm {

struct KeptAnswer {
  std::string key;
  std::string digest;  ///< of the request; another one under the same key is a mistake
  Timestamp at{};      ///< when the request came first
  std::string
      text;  ///< the answer, as whoever keeps it writes it; empty: the request was begun, and no answer is known
  bool operator==(const KeptAnswer&) const = default;
};

}  // namespace microvm
