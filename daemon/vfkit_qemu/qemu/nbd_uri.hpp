// The address of a network block device.
#pragma once
#include <string>
#include <string_view>

#include "api/core/result.hpp"

namespace microvm::vfkit_qemu {

struct NbdUri {
  std::string host;
  std::string port;
  std::string socket;  ///< absolute path of a Unix socket; then there is no host
  std::string exportName;
};

/// nbd://HOST[:PORT]/EXPORT or nbd+unix:///EXPORT?socket=PATH. Errc::Invalid names the URI, what is wrong with it and
/// what would be right.
Result<NbdUri> parseNbdUri(std::string_view uri);

}  // namespace microvm::vfkit_qemu
