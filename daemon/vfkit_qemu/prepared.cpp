#include "daemon/vfkit_qemu/prepared.hpp"

#include <array>
#include <cstdlib>
#include <unistd.h>

#include <fmt/core.h>

#include "daemon/process/identity.hpp"
#include "daemon/process/program_lookup.hpp"
#include "daemon/runner/vfkit/inspect.hpp"
#include "daemon/vfkit_qemu/devices/firmware.hpp"
#include "daemon/vfkit_qemu/preflight.hpp"
#include "daemon/vfkit_qemu/qemu/accelerator.hpp"
#include "daemon/vfkit_qemu/qemu/tether.hpp"

namespace microvm::vfkit_qemu {
namespace {

/// The last disk is the seed of cloud-init.
Result<SeedImage> addSeed(vfkit::Options& options) {
  auto seed = SeedImage::make(options.cloudInit);
  if (!seed || seed->path().empty()) return seed;
  vfkit::Disk disk;
  disk.path = seed->path();
  options.devices.emplace_back(std::move(disk));
  return seed;
}

void tellWhatIsIgnored(const vfkit::Options& options, const Log& log) {
  for (const vfkit::Device& device : options.devices)
    if (std::holds_alternative<vfkit::Rosetta>(device))
      log.warn("rosetta is not here and ignore-if-missing is given: the guest has no such share");
}

Result<std::optional<VsockDevice>> vsockFor(const vfkit::Options& options, const Log& log) {
  const auto who = whoNeedsVsock(options);
  if (who.empty() && options.ignition.empty()) return std::optional<VsockDevice>();
  auto device = openVsock(who.empty() ? "--ignition over vsock" : who);
  if (device) return std::optional<VsockDevice>(*std::move(device));
  if (!who.empty()) return std::move(device).error();
  log.warn(device.error().detail + "; the guest finds its configuration in fw_cfg, as Ignition's platform qemu does");
  return std::optional<VsockDevice>();
}

Result<std::optional<Firmware>> firmwareFor(const vfkit::Options& options, Architecture architecture) {
  const auto* efi = std::get_if<vfkit::EfiBoot>(&options.bootloader);
  if (efi == nullptr) return std::optional<Firmware>();
  auto firmware = prepareFirmware(*efi, firmwarePlaces(architecture));
  if (!firmware) return std::move(firmware).error();
  return std::optional<Firmware>(*std::move(firmware));
}

/// Its accelerator, once everything that costs no time is known to be right.
Result<Host> hostFor(const vfkit::Options& options, const std::string& qemu, const std::string& self, const Log& log) {
  const auto [accelerator, why] = hostAccelerator(qemu, self);
  log.info(fmt::format("accelerator {}: {}", nameOf(accelerator), why));
  const Host host{hostArchitecture(), accelerator};
  if (options.nested)
    if (auto nested = checkNested(host); !nested) return std::move(nested).error();
  return host;
}

/// A window belongs to a session, which these tell of.
void addSession(std::vector<std::string>& environment) {
  constexpr std::array<const char*, 4> kNames{"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR"};
  for (const char* name : kNames)
    if (const char* value = std::getenv(name)) environment.push_back(fmt::format("{}={}", name, value));
}

}  // namespace

Result<Prepared> prepare(vfkit::Options options, const Log& log) {
  addGuiDevices(options, log);
  auto seed = addSeed(options);
  if (!seed) return std::move(seed).error();
  if (auto supported = checkSupported(options); !supported) return std::move(supported).error();
  if (auto files = checkFiles(options, hostArchitecture()); !files) return std::move(files).error();
  tellWhatIsIgnored(options, log);
  auto vsock = vsockFor(options, log);
  if (!vsock) return std::move(vsock).error();
  auto self = ownProgram();
  if (!self) return std::move(self).error();
  auto qemu = findProgram(std::string(programName(hostArchitecture())));
  if (!qemu) return std::move(qemu).error();
  auto host = hostFor(options, *qemu, *self, log);
  if (!host) return std::move(host).error();
  auto firmware = firmwareFor(options, host->architecture);
  if (!firmware) return std::move(firmware).error();
  auto consoles = Consoles::open(options);
  if (!consoles) return std::move(consoles).error();
  for (const std::string& name : consoles->ptyNames())
    log.info(fmt::format("Using PTY (pty path: {})", name));
  auto networks = NetworkSockets::open(options.devices);
  if (!networks) return std::move(networks).error();
  auto screen = Screen::choose(options, *qemu, log);
  if (!screen) return std::move(screen).error();
  auto complaints = Complaints::open();
  if (!complaints) return std::move(complaints).error();
  auto shares = shareFolders(options, *self, complaints->writeEnd());
  if (!shares) return std::move(shares).error();
  return Prepared{std::move(options),   *std::move(self),       *std::move(qemu),     *host,
                  *std::move(consoles), *std::move(complaints), *std::move(shares),   *std::move(seed),
                  *std::move(networks), *std::move(vsock),      *std::move(firmware), *std::move(screen)};
}

SpawnOptions qemuProcess(const Prepared& prepared, int monitor) {
  SpawnOptions process;
  // Numbered from 3 in the order they are named.
  int next = 3;
  QemuChannels channels;
  const auto hand = [&](int fd) {
    process.descriptors.push_back({fd, next});
    return next++;
  };
  channels.monitor = hand(monitor);
  for (int controller : prepared.consoles.ptyControllers())
    channels.ptys.push_back(hand(controller));
  for (const SharedFolder& share : prepared.shares)
    channels.shares.push_back(hand(share.socket.get()));
  for (int socket : prepared.networks.descriptors())
    channels.networks.push_back(hand(socket));
  if (prepared.vsock) channels.vsock = VsockLine{hand(prepared.vsock->fd.get()), prepared.vsock->cid};
  channels.firmware = prepared.firmware;
  channels.display = prepared.screen.display();
  process.descriptors.push_back({prepared.complaints.writeEnd(), STDERR_FILENO});
  if (prepared.consoles.usesStdio()) {
    process.descriptors.push_back({STDIN_FILENO, STDIN_FILENO});
    process.descriptors.push_back({STDOUT_FILENO, STDOUT_FILENO});
  }
  auto arguments = qemuArguments(prepared.options, prepared.host, channels);
  const auto sandbox = sandboxArguments();
  arguments.insert(arguments.begin(), sandbox.begin(), sandbox.end());
  process.program = prepared.self;
  process.arguments = tethered(prepared.self, prepared.qemu, std::move(arguments));
  process.environment = allowedEnvironment();
  if (!channels.display.window.empty()) addSession(process.environment);
  process.session = Session::New;
  return process;
}

std::string inspectTextOf(const Prepared& prepared) {
  vfkit::Options shown = prepared.options;
  for (vfkit::Device& device : shown.devices) {
    auto* net = std::get_if<vfkit::Net>(&device);
    if (net == nullptr || net->kind != vfkit::NetKind::UnixSocket) continue;
    // Once connected it is a socket like one that was handed down.
    net->kind = vfkit::NetKind::Descriptor;
    net->socketPath.clear();
  }
  return vfkit::inspectText(shown, prepared.consoles.ptyNames());
}

}  // namespace microvm::vfkit_qemu
