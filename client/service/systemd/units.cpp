#include "client/service/systemd/units.hpp"

#include <fmt/format.h>

#include "client/service/host.hpp"
#include "client/service/systemd/unit_text.hpp"

namespace microvm::service {
namespace {

/// Killed are neither the VMs that a stopped daemon leaves behind nor, by an out-of-memory kill of one of them, the
/// rest.
constexpr std::string_view kService = R"([Service]
Type=notify
NotifyAccess=main
WatchdogSec=30s
Restart=on-failure
RestartSec=1s
TimeoutStopSec=30s
KillMode=process
OOMPolicy=continue
LimitNOFILE=65536
UMask=0077
)";

/// What a user's own systemd can do without further rights.
constexpr std::string_view kUserHardening = R"(NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
)";

/// Runners inherit all of it. QEMU needs /dev/kvm, writable and executable memory and the images, wherever they are;
/// virtiofsd needs namespaces. What a daemon leaves in /tmp must not vanish with it, hence no PrivateTmp.
constexpr std::string_view kSystemHardening = R"(NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=full
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_VSOCK
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service @mount seccomp
SystemCallErrorNumber=EPERM
)";

/// At the end of the host these are still there when the guests are asked to stop.
constexpr const char* kBefore = " network.target dbus.service";

std::string head(const char* description) {
  return fmt::format("# {}\n[Unit]\nDescription={}\nDocumentation=man:microvmd(1)\n", kMark, description);
}

std::vector<std::string> commandOf(const Job& job) {
  std::vector<std::string> words{job.program};
  words.insert(words.end(), job.arguments.begin(), job.arguments.end());
  return words;
}

}  // namespace

std::string serviceUnit(const Job& job) {
  std::string text = head("microVM service");
  text += fmt::format("Requires={0}\nAfter={0}{1}\n\n", kSocketUnit, job.reach == Reach::System ? kBefore : "");
  text += kService;
  text += "ExecStart=" + execLine(commandOf(job));
  if (job.reach == Reach::User) {
    text += fmt::format("\n{}\n[Install]\nWantedBy=default.target\nAlso={}\n", kUserHardening, kSocketUnit);
    return text;
  }
  // Options of this host, by whoever administers it.
  text += " $MICROVMD_OPTIONS\nEnvironmentFile=-/etc/default/microvmd\n";
  text += fmt::format("User={}\n", job.user);
  text += "StateDirectory=microvm\nStateDirectoryMode=0700\n";
  // The sockets of the VMs are in it: it outlives the daemon.
  text += "RuntimeDirectory=microvm\nRuntimeDirectoryMode=0700\nRuntimeDirectoryPreserve=yes\n";
  text += fmt::format("{}\n[Install]\nWantedBy=multi-user.target\nAlso={}\n", kSystemHardening, kSocketUnit);
  return text;
}

std::string socketUnit(const Job& job) {
  std::string text = head("microVM service: its socket") + "\n[Socket]\n";
  if (job.reach == Reach::User) {
    text += "ListenStream=%t/microvm/api.sock\nDirectoryMode=0700\n";
  } else {
    text += fmt::format("ListenStream={}\nSocketUser={}\n", plainValue(job.socket), job.user);
  }
  text += "SocketMode=0600\nFileDescriptorName=api\n\n[Install]\nWantedBy=sockets.target\n";
  return text;
}

}  // namespace microvm::service
