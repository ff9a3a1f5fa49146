#include "daemon/http/request_id.hpp"

#include "api/core/id.hpp"

namespace microvm::http {

std::string requestIdOf(const Headers& headers) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  auto given = headers.find("X-Request-Id");
  bool sane =
      given && !given->empty() && given->size() <= 64 && given->find_first_not_of(kAllowed) == std::string_view::npos;
  return sane ? std::string(*given) : randomHex(16);
}

}  // namespace microvm::http
