#include "daemon/domain/definition/devices.hpp"

#include <fmt/format.h>

namespace microvm {

std::string vsockSocketOf(const VsockPort& vsock, const std::string& runFolder) {
  if (!vsock.socket.empty()) return vsock.socket;
  const bool connects = vsock.direction == VsockDirection::Connect;
  return fmt::format("{}/vsock-{}{}.sock", runFolder, vsock.port, connects ? "" : "-listen");
}

}  // namespace microvm
