// What is known about the host and stands ready on it before QEMU starts.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "daemon/process/spawn.hpp"
#include "daemon/runner/vfkit/options.hpp"
#include "daemon/vfkit_qemu/devices/cloud_init.hpp"
#include "daemon/vfkit_qemu/devices/consoles.hpp"
#include "daemon/vfkit_qemu/devices/network_sockets.hpp"
#include "daemon/vfkit_qemu/devices/screen.hpp"
#include "daemon/vfkit_qemu/devices/shared_folders.hpp"
#include "daemon/vfkit_qemu/devices/vsock_device.hpp"
#include "daemon/vfkit_qemu/qemu/command_line.hpp"
#include "daemon/vfkit_qemu/report/complaints.hpp"

namespace microvm::vfkit_qemu {

/// Destruction removes the files and sockets that were made.
struct Prepared {
  vfkit::Options options;  ///< as asked for, with the devices that came with --gui and --cloud-init
  std::string self;
  std::string qemu;
  Host host;
  Consoles consoles;
  Complaints complaints;
  std::vector<SharedFolder> shares;
  SeedImage seed;
  NetworkSockets networks;
  std::optional<VsockDevice> vsock;
  std::optional<Firmware> firmware;
  Screen screen;
};

/// Checks everything, then makes what the devices need. An Error leaves nothing behind.
Result<Prepared> prepare(vfkit::Options options, const Log& log);

/// QEMU's command line and its descriptors.
SpawnOptions qemuProcess(const Prepared& prepared, int monitor);

/// The answer of GET /vm/inspect.
std::string inspectTextOf(const Prepared& prepared);

}  // namespace microvm::vfkit_qemu
