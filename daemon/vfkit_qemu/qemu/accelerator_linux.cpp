#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fmt/core.h>

#include "api/core/file.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/process/exit_watcher.hpp"
#include "daemon/process/spawn.hpp"
#include "daemon/vfkit_qemu/qemu/accelerator.hpp"
#include "daemon/vfkit_qemu/qemu/probe_rom.hpp"
#include "daemon/vfkit_qemu/qemu/tether.hpp"

namespace microvm::vfkit_qemu {
namespace {

constexpr const char* kDevice = "/dev/kvm";
/// Thirty million instructions take some 20 ms where KVM is real, and a hundred seconds where it is emulated.
constexpr int kProbeLimitMs = 2000;

std::string identityOf(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return {};
  return fmt::format("{} {}.{:09} {} {}:{} {}", path, info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_size,
                     info.st_dev, info.st_rdev, info.st_ino);
}

AcceleratorKey currentKey(const std::string& qemuProgram) {
  struct utsname system {};
  ::uname(&system);
  const auto boot = readFile("/proc/sys/kernel/random/boot_id", 128);
  AcceleratorKey key;
  key.qemu = identityOf(qemuProgram);
  key.kernel = fmt::format("{} {} {}", system.release, system.version, boot ? boot->substr(0, 36) : std::string());
  key.device = identityOf(kDevice);
  return key;
}

/// A file in memory: nothing to remove, whatever happens.
UniqueFd romInMemory(const std::string& rom) {
  UniqueFd file(::memfd_create("microvm-probe", MFD_CLOEXEC));
  if (!file || ::write(file.get(), rom.data(), rom.size()) != static_cast<ssize_t>(rom.size())) return {};
  return file;
}

bool endsInTime(const Child& child) {
  const auto watcher = ExitWatcher::forChild(child.pid());
  if (!watcher) return false;
  pollfd ended{watcher->fd(), POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&ended, 1, kProbeLimitMs);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

/// Runs the probe's guest with the same machine as every other guest. The child is killed when it does not end.
bool runsUnderKvm(const std::string& qemuProgram, const std::string& self) {
  const Architecture architecture = hostArchitecture();
  constexpr int kRom = 3;
  const UniqueFd rom = romInMemory(probeRom(architecture));
  if (!rom) return false;
  std::vector<std::string> words = machineArguments(architecture, Accelerator::Kvm);
  const auto sandbox = sandboxArguments();
  const auto guest = probeArguments(architecture, fmt::format("/proc/self/fd/{}", kRom));
  words.insert(words.end(), sandbox.begin(), sandbox.end());
  words.insert(words.end(), guest.begin(), guest.end());
  SpawnOptions options;
  options.program = self;
  options.arguments = tethered(self, qemuProgram, std::move(words));
  options.environment = allowedEnvironment();
  options.descriptors = {{rom.get(), kRom}};
  auto child = spawn(options);
  if (!child || !endsInTime(*child)) return false;
  const auto status = child->reap();
  return status && status->code == probeExitCode(architecture);
}

}  // namespace

ChosenAccelerator hostAccelerator(const std::string& qemuProgram, const std::string& self) {
  if (::access(kDevice, R_OK | W_OK) != 0)
    return {Accelerator::Tcg, systemError(fmt::format("{} cannot be used", kDevice), errno).detail};
  const VerdictCache cache(VerdictCache::defaultPath());
  const Accelerator chosen = chooseKvm(currentKey(qemuProgram), cache, [&] { return runsUnderKvm(qemuProgram, self); });
  return {chosen, chosen == Accelerator::Kvm
                      ? fmt::format("a guest ran under {}", kDevice)
                      : fmt::format("{} opens, but a small guest tried under it did not run to its end", kDevice)};
}

}  // namespace microvm::vfkit_qemu
