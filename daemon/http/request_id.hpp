// The names of requests in answers and logs.
#pragma once
#include <cstdint>
#include <string>

#include "api/http/message.hpp"

namespace microvm::http {

/// Names the requests of one connection.
class RequestIds {
public:
  RequestIds();
  /// The client's X-Request-Id when it is 1 to 64 of [A-Za-z0-9._-], else one that was not given before.
  std::string of(const Headers& headers);

private:
  std::uint64_t next_;  // begins at random: the system is asked for that once, not for every request
};

}  // namespace microvm::http
