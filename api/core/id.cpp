#include "api/core/id.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>

#include <fmt/format.h>

#include "api/core/time.hpp"

namespace microvm {

std::uint32_t randomBits() {
  // Kept: a new one asks the processor what it can, which in a virtual machine takes longer than all that follows.
  thread_local std::random_device source;
  return source();
}

std::string randomHex(std::size_t characters) {
  // No fmt here: microvm-shim makes names for temporary files and is to stay free of further shared libraries.
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(characters + 8);
  while (text.size() < characters) {
    auto bits = randomBits();
    for (int i = 0; i < 8; ++i, bits >>= 4)
      text += kDigits[bits & 0xf];
  }
  text.resize(characters);
  return text;
}

std::string newUuid() {
  const auto milliseconds = static_cast<std::uint64_t>(now().time_since_epoch().count());
  std::string random = randomHex(19);
  constexpr std::string_view kVariants = "89ab";
  random[3] = kVariants[static_cast<unsigned char>(random[3]) % 4];
  return fmt::format("{:08x}-{:04x}-7{}-{}-{}", (milliseconds >> 16) & 0xffffffff, milliseconds & 0xffff,
                     random.substr(0, 3), random.substr(3, 4), random.substr(7, 12));
}

bool isVmName(std::string_view text) {
  const auto isAlnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const auto isInner = [&](char c) { return isAlnum(c) || c == '-'; };
  return !text.empty() && text.size() <= 63 && isAlnum(text.front()) && isAlnum(text.back()) &&
         std::all_of(text.begin(), text.end(), isInner);
}

}  // namespace microvm
