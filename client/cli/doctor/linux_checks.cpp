#include "client/cli/doctor/linux_checks.hpp"

#include <array>

#include <fmt/format.h>

#include "api/core/size.hpp"

namespace microvm::doctor {
namespace {

constexpr std::uint64_t kFewTasks = 256;  // a VM takes some ten: shim, runner, QEMU and its threads
constexpr std::uint64_t kLittleMemory = kGiB;

/// What a distribution calls the packages, and how it installs them.
struct Distribution {
  std::string_view id;
  std::string_view install;
  std::string_view qemuAmd64;
  std::string_view qemuArm64;
  std::string_view virtiofsd;
  std::string_view firmwareAmd64;
  std::string_view firmwareArm64;
};

constexpr std::array kDistributions{
    Distribution{"debian", "sudo apt-get install", "qemu-system-x86", "qemu-system-arm", "virtiofsd", "ovmf",
                 "qemu-efi-aarch64"},
    Distribution{"fedora", "sudo dnf install", "qemu-system-x86-core", "qemu-system-aarch64-core", "virtiofsd",
                 "edk2-ovmf", "edk2-aarch64"},
    Distribution{"arch", "sudo pacman -S", "qemu-system-x86", "qemu-system-aarch64", "virtiofsd", "edk2-ovmf",
                 "edk2-aarch64"},
    Distribution{"alpine", "sudo apk add", "qemu-system-x86_64", "qemu-system-aarch64", "virtiofsd", "ovmf", "aavmf"},
};

/// By ID, or by what the distribution says it is like.
const Distribution* distributionOf(const Host& host) {
  const auto release = host.read("/etc/os-release");
  if (!release) return nullptr;
  for (const char* const key : {"\nID=", "\nID_LIKE="}) {
    const auto text = "\n" + *release;
    const auto at = text.find(key);
    if (at == std::string::npos) continue;
    const auto line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
    for (const Distribution& each : kDistributions)
      if (line.find(each.id) != std::string::npos) return &each;
  }
  return nullptr;
}

std::string install(const Host& host, std::string_view Distribution::*package, std::string_view otherwise) {
  const auto* distribution = distributionOf(host);
  if (distribution == nullptr) return fmt::format("install {}", otherwise);
  return fmt::format("{} {}", distribution->install, distribution->*package);
}

/// Debian 12 has virtiofsd as a part of QEMU.
std::string installVirtiofsd(const Host& host) {
  const auto release = host.read("/etc/os-release");
  if (release && release->find("VERSION_ID=\"12\"") != std::string::npos &&
      release->find("ID=debian") != std::string::npos)
    return "sudo apt-get install qemu-system-common";
  return install(host, &Distribution::virtiofsd, "virtiofsd");
}

bool isArm(const Subject& subject) {
  return subject.probe && subject.probe->architecture == "arm64";
}

}  // namespace

std::optional<Finding> checkQemu(const Host& host, const Subject& subject) {
  if (subject.runner.empty()) return std::nullopt;
  if (!subject.probe)
    return Finding{Level::Info,
                   fmt::format("{} --probe tells nothing: {}", subject.runner, subject.probeProblem),
                   "Only vfkit-qemu has that option; what QEMU offers here is not known.",
                   {}};
  const Probe& probe = *subject.probe;
  const auto package = isArm(subject) ? &Distribution::qemuArm64 : &Distribution::qemuAmd64;
  if (probe.qemu.empty())
    return Finding{Level::Error, probe.why, "It is the program that emulates the machine; without it no VM starts.",
                   install(host, package, "QEMU for " + probe.architecture)};
  if (probe.qemuVersion.empty())
    return Finding{Level::Error, probe.why, fmt::format("{} does not work.", probe.qemu),
                   install(host, package, "QEMU for " + probe.architecture)};
  return Finding{Level::Ok, fmt::format("{} is QEMU {}", probe.qemu, probe.qemuVersion), {}, {}};
}

std::optional<Finding> checkKvm(const Host& host, const Subject& subject) {
  if (!subject.probe || subject.probe->qemuVersion.empty()) return std::nullopt;
  const std::string slow = "Guests are emulated instead, some ten times slower.";
  if (subject.probe->accelerator == "kvm") return Finding{Level::Ok, subject.probe->why, {}, {}};
  if (!host.look("/dev/kvm"))
    return Finding{Level::Warning, subject.probe->why, slow,
                   isArm(subject)
                       ? "a host whose processor and firmware have virtualization"
                       : "sudo modprobe -a kvm_intel kvm_amd, and virtualization on in the firmware's set-up"};
  if (const auto may = host.may("/dev/kvm", Use::ReadWrite); !may)
    return Finding{Level::Warning, may.error().detail, slow, "sudo usermod -aG kvm \"$USER\", then log in again"};
  return Finding{Level::Warning, subject.probe->why, slow,
                 "if this host is a VM itself, nested virtualization in the host below"};
}

std::optional<Finding> checkVirtiofsd(const Host& host, const Subject& subject) {
  if (!subject.probe) return std::nullopt;
  if (!subject.probe->virtiofsd.empty())
    return Finding{Level::Ok, fmt::format("folders are shared by {}", subject.probe->virtiofsd), {}, {}};
  return Finding{Level::Warning, "there is no virtiofsd in PATH, /usr/libexec, /usr/lib/qemu or /usr/lib",
                 "A definition with shares does not start without it.", installVirtiofsd(host)};
}

std::optional<Finding> checkFirmware(const Host& host, const Subject& subject) {
  if (!subject.probe) return std::nullopt;
  if (!subject.probe->firmware.empty())
    return Finding{Level::Ok, fmt::format("EFI firmware is {}", subject.probe->firmware), {}, {}};
  const auto package = isArm(subject) ? &Distribution::firmwareArm64 : &Distribution::firmwareAmd64;
  return Finding{Level::Info, "there is no EFI firmware for QEMU", "Only a definition with boot.efi needs it.",
                 install(host, package, "EDK II for QEMU")};
}

std::optional<Finding> checkVsock(const Host& host, const Subject& /*subject*/) {
  constexpr const char* kDevice = "/dev/vhost-vsock";
  const std::string reason = "Only a definition with vsock needs it.";
  if (!host.look(kDevice))
    return Finding{Level::Info, fmt::format("there is no {}", kDevice), reason, "sudo modprobe vhost_vsock"};
  if (const auto may = host.may(kDevice, Use::ReadWrite); !may)
    return Finding{Level::Info, may.error().detail, reason, "sudo usermod -aG kvm \"$USER\", then log in again"};
  return Finding{Level::Ok, fmt::format("{} can be used", kDevice), {}, {}};
}

std::optional<Finding> checkCgroup(const Host& host, const Subject& subject) {
  const bool isDaemon = subject.daemon && subject.daemon->pid > 0;
  const auto path = fmt::format("/proc/{}/cgroup", isDaemon ? std::to_string(subject.daemon->pid) : "self");
  const auto groups = host.read(path);
  if (!groups) return Finding{Level::Info, groups.error().detail, "The limits of its control group are not known.", {}};
  const Room room = roomOf(host, *groups);
  const std::string_view whose = isDaemon ? "microvmd's" : "this session's";
  const auto tasks =
      room.tasks ? fmt::format("{} more processes", *room.tasks) : std::string("any number of processes");
  const auto memory = room.bytes ? fmt::format("{} MiB more memory", *room.bytes / kMiB) : std::string("any memory");
  auto finding = fmt::format("{} control group allows {} and {}", whose, tasks, memory);
  if (room.tasks.value_or(kFewTasks) >= kFewTasks && room.bytes.value_or(kLittleMemory) >= kLittleMemory)
    return Finding{Level::Ok, std::move(finding), {}, {}};
  return Finding{Level::Warning, std::move(finding),
                 "VMs count against it: a start may fail, or the kernel may end one that runs.",
                 "raise TasksMax= or MemoryMax= of the unit or slice that systemd-cgls shows around it"};
}

}  // namespace microvm::doctor
