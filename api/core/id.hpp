// Identifiers: a VM's id never changes, its name is what people type.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace microvm {

/// A new UUID of version 7 (RFC 9562): time-ordered, lower case, 36 characters.
std::string newUuid();

/// From the operating system's generator.
std::uint32_t randomBits();
/// Random lower-case hexadecimal text of this many characters, from the operating system's generator.
std::string randomHex(std::size_t characters);

/// [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?
bool isVmName(std::string_view text);

}  // namespace microvm
