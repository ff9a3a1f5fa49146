// Ethernet addresses of guests.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/core/result.hpp"

namespace microvm {

/// "02:00:00:01:01:01" from six octets, each with two digits, split by ':' or '-', in either case. Errc::Invalid for
/// any other form, and for a group (multicast, broadcast) or the null address.
Result<std::string> normaliseMac(std::string_view text);

/// A locally administered unicast address from random bytes.
std::string makeMac(std::array<std::uint8_t, 6> random);

}  // namespace microvm
