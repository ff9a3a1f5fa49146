// A console text whose every byte is known from its offset: numbered lines of 64 bytes.
#pragma once
#include <cstdint>
#include <string>

namespace microvm::test {

/// The bytes [offset, offset + size) of the endless text.
std::string consolePattern(std::uint64_t offset, std::uint64_t size);

}  // namespace microvm::test
