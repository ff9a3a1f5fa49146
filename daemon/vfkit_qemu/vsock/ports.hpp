// The guest's vsock ports as Unix sockets of the host.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/async/task.hpp"
#include "daemon/runner/vfkit/options.hpp"
#include "daemon/vfkit_qemu/report/report.hpp"
#include "daemon/vfkit_qemu/vsock/transport.hpp"

namespace microvm::vfkit_qemu {

/// One thread. Destruction drops every connection and removes the sockets that were made.
class VsockPorts {
public:
  /// listen: the guest's connections to a port are handed to whoever listens at the socket. connect: whoever connects
  /// to the socket is handed to the guest's port. A port that cannot be had is a warning in the log, as with vfkit. The
  /// transport must outlive the ports.
  VsockPorts(net::any_io_executor executor, const std::vector<vfkit::Device>& devices, VsockTransport& transport,
             const Log& log);
  ~VsockPorts();
  VsockPorts(const VsockPorts&) = delete;
  VsockPorts& operator=(const VsockPorts&) = delete;

private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with its coroutines, whose frames may outlive the ports
};

/// Where a vsock's socket is. vfkit reads what was given as the path of a URI: what follows "?" or "#" is dropped, a
/// socket that it dials (listen) is unescaped, one that it makes (connect) has what a URI cannot hold as escapes.
Result<std::string> vsockSocketPath(const vfkit::Vsock& vsock);

}  // namespace microvm::vfkit_qemu
