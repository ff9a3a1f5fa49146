#include "daemon/domain/definition/mac.hpp"

#include <charconv>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace microvm {

namespace {

using Octets = std::array<std::uint8_t, 6>;

constexpr std::size_t kMacLength = 17;
constexpr std::uint8_t kGroupBit = 0x01;
constexpr std::uint8_t kLocalBit = 0x02;

std::string formatMac(const Octets& octets) {
  return fmt::format("{:02x}", fmt::join(octets, ":"));
}

std::optional<Octets> readOctets(std::string_view text) {
  if (text.size() != kMacLength) return std::nullopt;
  Octets octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const char* at = text.data() + 3 * i;
    if (i > 0 && (at[-1] != text[2] || (at[-1] != ':' && at[-1] != '-'))) return std::nullopt;
    const auto [end, error] = std::from_chars(at, at + 2, octets[i], 16);
    if (error != std::errc{} || end != at + 2) return std::nullopt;
  }
  return octets;
}

}  // namespace

Result<std::string> normaliseMac(std::string_view text) {
  const std::optional<Octets> octets = readOctets(text);
  if (!octets) {
    return Error{Errc::Invalid,
                 fmt::format("\"{}\" is not a MAC address; write six octets of two digits, such as 02:00:00:01:01:01",
                             text.substr(0, 64)),
                 {},
                 {}};
  }
  if ((octets->front() & kGroupBit) != 0) {
    return Error{Errc::Invalid,
                 fmt::format("{} is a group address; a guest needs a unicast one: make the first octet even", text),
                 {},
                 {}};
  }
  if (*octets == Octets{})
    return Error{Errc::Invalid, "the null address cannot be used; leave mac out to get one", {}, {}};
  return formatMac(*octets);
}

std::string makeMac(std::array<std::uint8_t, 6> random) {
  random[0] = static_cast<std::uint8_t>((random[0] | kLocalBit) & ~kGroupBit);
  return formatMac(random);
}

}  // namespace microvm
