#include "client/cli/doctor/check.hpp"

#include <array>

#include "client/cli/doctor/daemon_checks.hpp"
#include "client/cli/doctor/folder_checks.hpp"
#include "client/cli/doctor/linux_checks.hpp"
#include "client/cli/doctor/macos_checks.hpp"
#include "client/cli/doctor/runner_checks.hpp"

namespace microvm::doctor {
namespace {

using enum Where;
using enum Weight;

constexpr std::array kChecks{
    Check{"runner", Everywhere, "vfkit, or vfkit-qemu on Linux, is there and may be executed", "it is what runs a VM",
          StopsStarts, "cannot use the program|no such file", checkRunner},
    Check{"quarantine", MacOs, "the runner has no attribute com.apple.quarantine",
          "macOS does not run a download that it cannot verify", StopsStarts, "signal 9|killed|not permitted",
          checkQuarantine},
    Check{"signature", MacOs, "the runner's code signature is valid", "Apple Silicon kills programs without one",
          StopsStarts, "signal 9|killed|signature", checkSignature},
    Check{"entitlement", MacOs, "the runner has com.apple.security.virtualization",
          "macOS makes virtual machines for no other program", StopsStarts, "entitlement", checkEntitlement},
    Check{"runner-version", Everywhere, "the runner says its version, and it is new enough",
          "an old one knows less, another program nothing", StopsStarts, "unknown flag|unknown option",
          checkRunnerVersion},
    Check{"system-version", MacOs, "macOS 13 or newer", "vfkit needs it", StopsStarts, "not supported|macos",
          checkSystemVersion},
    Check{"qemu", Linux, "QEMU for this processor is there and says its version", "vfkit-qemu drives it", StopsStarts,
          "qemu", checkQemu},
    Check{"disk-space", Everywhere, "space and inodes below the state folder: 1 GiB is little, 64 MiB nothing",
          "definitions, consoles and disks live there", StopsStarts, "no space|disk full|disk-full", checkDiskSpace},
    Check{"state-folder", Everywhere, "the state folder is the user's own, writable, and closed to others",
          "microvmd refuses any other", StopsStarts, "state folder|permission denied", checkStateFolder},
    Check{"run-folder", Everywhere, "the same of the run folder", "whoever writes there could pose as a VM",
          StopsStarts, "run folder|permission denied", checkRunFolder},
    Check{"socket-paths", Everywhere, "the run folder is short enough for every socket below it, and plain",
          "a socket's path has 103 bytes at most, a VM's folder 81", StopsStarts, "too long|socket address",
          checkSocketPaths},
    Check{"daemon", Everywhere, "microvmd answers", "nothing works without it", Advice, "", checkDaemon},
    Check{"readiness", Everywhere, "microvmd has its database and knows its VMs",
          "a database that was removed or replaced takes no changes", StopsStarts, "database|still looking",
          checkReadiness},
    Check{"service", Everywhere, "launchd or systemd keeps the daemon: set up, enabled, its programs where they were",
          "a daemon that nobody starts is not there after the next login", Advice, "cannot reach", checkService},
    Check{"versions", Everywhere, "microvmctl and microvmd are of one version",
          "an upgrade leaves the old daemon running", Advice, "protocol|unknown member", checkVersions},
    Check{"kvm", Linux, "a guest really runs under /dev/kvm, which may open and yet hang",
          "guests are emulated otherwise, ten times slower", Advice, "did not report a running guest|timeout|kvm",
          checkKvm},
    Check{"virtiofsd", Linux, "virtiofsd is there", "shares need it", Advice, "virtiofsd", checkVirtiofsd},
    Check{"firmware", Linux, "OVMF or AAVMF is there", "boot.efi needs it", Advice, "firmware|ovmf|aavmf",
          checkFirmware},
    Check{"vsock", Linux, "/dev/vhost-vsock can be used", "vsock ports need it", Advice, "vsock", checkVsock},
    Check{"cgroup", Linux, "the control group around the daemon has room for 256 processes and 1 GiB",
          "VMs count against it", Advice, "resource temporarily unavailable|cannot allocate memory", checkCgroup},
    Check{"open-files", Everywhere, "the daemon may have 1024 files open", "VMs and viewers take some each", Advice,
          "too many open files", checkOpenFiles},
    Check{"rosetta", MacOs, "Rosetta for Linux is installed", "definitions with rosetta need it", Advice, "rosetta",
          checkRosetta},
    Check{"leases", MacOs, "/var/db/dhcpd_leases has addresses left, of 253, and which guests go by a DUID",
          "a guest without an address is not reached", Advice, "address", checkLeases},
    Check{"firewall", MacOs, "the firewall allows bootpd", "it gives guests their addresses", Advice, "address",
          checkFirewall},
    Check{"local-network", MacOs, "whether macOS guards the local network",
          "a program that was not allowed finds no route to a guest", Advice, "no route to host", checkLocalNetwork},
    Check{"session", MacOs, "a session with a screen", "windows and permission prompts need one", Advice,
          "-25308|keychain|--gui", checkSession},
    Check{"priority", MacOs, "launchd does not throttle the daemon", "VMs inherit its priority", Advice,
          "did not report a running guest", checkPriority},
};

}  // namespace

std::span<const Check> checks() {
  return kChecks;
}

std::string_view nameOf(Level level) {
  switch (level) {
    case Level::Ok:
      return "ok";
    case Level::Info:
      return "info";
    case Level::Warning:
      return "warning";
    case Level::Error:
      return "error";
  }
  return {};
}

std::string quoted(const std::string& path) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-+:@%,=";
  if (!path.empty() && path.find_first_not_of(kPlain) == std::string::npos) return path;
  std::string out = "'";
  for (const char c : path)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace microvm::doctor
