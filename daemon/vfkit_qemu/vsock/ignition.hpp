// Serves the file of --ignition to the guest, as vfkit does.
#pragma once
#include <memory>
#include <string>

#include "daemon/vfkit_qemu/rest/http_server.hpp"
#include "daemon/vfkit_qemu/vsock/transport.hpp"

namespace microvm::vfkit_qemu {

/// The port that Ignition asks at.
inline constexpr std::uint32_t kIgnitionPort = 1024;

/// HTTP at that port: every path is the file, as it is at that moment.
Result<std::unique_ptr<HttpServer>> serveIgnition(net::any_io_executor executor, VsockTransport& transport,
                                                  const std::string& configPath);

}  // namespace microvm::vfkit_qemu
