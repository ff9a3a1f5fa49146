// The least that is taken for a kernel, for tests whose guests never run.
#pragma once
#include <string>

namespace microvm {

/// A bzImage's mark, where x86-64 has it.
inline std::string bzImageHead() {
  return std::string(0x202, '\0') + "HdrS" + std::string(10, '\0');
}

/// An uncompressed Image's mark, where arm64 has it.
inline std::string arm64ImageHead() {
  return std::string(0x38, '\0') + "ARMd" + std::string(4, '\0');
}

/// A kernel that this host could boot.
inline std::string kernelHead() {
#if defined(__aarch64__)
  return arm64ImageHead();
#else
  return bzImageHead();
#endif
}

}  // namespace microvm
