#include "daemon/http/request_id.hpp"

#include "api/core/id.hpp"

namespace microvm::http {
namespace {

/// Odd in the digits that are shown, so that adding it meets every number of them before one comes again.
constexpr std::uint64_t kStep = 0x9e3779b97f4a7c10U;

std::uint64_t randomNumber() {
  const std::uint64_t high = randomBits();
  return (high << 32U) | randomBits();
}

/// 15 digits, which a string takes without a block of its own.
std::string hexOf(std::uint64_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(15, '0');
  for (auto& digit : text) {
    digit = kDigits[number >> 60U];
    number <<= 4U;
  }
  return text;
}

bool isSane(std::string_view id) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !id.empty() && id.size() <= 64 && id.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace

RequestIds::RequestIds() : next_(randomNumber()) {}

std::string RequestIds::of(const Headers& headers) {
  const auto given = headers.find("X-Request-Id");
  if (given && isSane(*given)) return std::string(*given);
  return hexOf(next_ += kStep);
}

}  // namespace microvm::http
