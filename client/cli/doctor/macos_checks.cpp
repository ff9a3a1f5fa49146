#include "client/cli/doctor/macos_checks.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <set>

#include <fmt/format.h>

#include "api/core/text.hpp"

namespace microvm::doctor {
namespace {

constexpr const char* kLeases = "/var/db/dhcpd_leases";
constexpr const char* kFirewall = "/usr/libexec/ApplicationFirewall/socketfilterfw";
constexpr const char* kBootpd = "/usr/libexec/bootpd";
constexpr std::size_t kAddresses = 253;  // 192.168.64.2 to .254
constexpr std::size_t kFewAddresses = 25;
constexpr int kOldestSystem = 13;  // vfkit names its machines, which older systems cannot
constexpr int kLocalNetworkSystem = 15;
constexpr int kNormalPriority = 31;

std::optional<int> leadingNumber(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} ? std::optional<int>(number) : std::nullopt;
}

/// What a program of the system answers with, in one line; empty when it does not.
std::string answer(const Host& host, const std::vector<std::string>& words) {
  const auto said = host.run(words);
  return said && said->code == 0 ? std::string(trimmed(said->out, " \t\r\n")) : std::string();
}

std::string systemVersion(const Host& host) {
  return answer(host, {"/usr/bin/sw_vers", "-productVersion"});
}

/// In the list of the firewall a program's path is followed by a line with what is done to it.
bool isAllowed(std::string_view list, std::string_view program) {
  const auto at = list.find(program);
  if (at == std::string_view::npos) return false;
  const auto rest = list.substr(at);
  const auto next = rest.find('\n');
  if (next == std::string_view::npos) return false;
  const auto line = rest.substr(next + 1, rest.find('\n', next + 1) - next - 1);
  return line.find("( Allow") != std::string_view::npos;
}

Finding unknown(std::string_view what, std::string_view program) {
  return {Level::Info, fmt::format("{} is not known: {} does not tell", what, program), {}, {}};
}

}  // namespace

std::optional<Finding> checkSystemVersion(const Host& host, const Subject& /*subject*/) {
  const auto version = systemVersion(host);
  const auto major = leadingNumber(version);
  if (!major) return unknown("the version of macOS", "sw_vers");
  if (*major >= kOldestSystem) return Finding{Level::Ok, "macOS " + version, {}, {}};
  return Finding{Level::Error, "macOS " + version, "vfkit runs VMs on macOS 13 and newer.",
                 "update macOS in System Settings > General > Software Update"};
}

std::optional<Finding> checkRosetta(const Host& host, const Subject& /*subject*/) {
  constexpr const char* kRuntime = "/Library/Apple/usr/libexec/oah/RosettaLinux/rosetta";
  if (answer(host, {"/usr/sbin/sysctl", "-n", "hw.optional.arm64"}) != "1")
    return Finding{Level::Info,
                   "this Mac has no Apple processor, and so no Rosetta",
                   "A definition with rosetta does not start here.",
                   {}};
  if (host.look(kRuntime)) return Finding{Level::Ok, "Rosetta is installed", {}, {}};
  return Finding{Level::Info, fmt::format("Rosetta is not installed: there is no {}", kRuntime),
                 "Only a definition with rosetta needs it, to run x86_64 programs in its guest.",
                 "softwareupdate --install-rosetta --agree-to-license"};
}

std::optional<Finding> checkLeases(const Host& host, const Subject& /*subject*/) {
  const auto text = host.read(kLeases);
  if (!text && text.error().code == Errc::NotFound) return Finding{Level::Ok, "no guest has an address yet", {}, {}};
  if (!text) return Finding{Level::Info, text.error().detail, "Guests' addresses are read from it.", {}};
  const auto leases = parseLeases(*text);
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(host.now().time_since_epoch()).count();
  std::set<std::string> taken;
  for (const Lease& lease : leases)
    if (lease.expires > now) taken.insert(lease.address);
  const auto named =
      std::count_if(leases.begin(), leases.end(), [](const Lease& lease) { return lease.hardware.starts_with("ff,"); });
  auto finding = fmt::format("{} of {} addresses are lent ({})", taken.size(), kAddresses, kLeases);
  const std::string shorter =
      "sudo defaults write /Library/Preferences/SystemConfiguration/com.apple.InternetSharing.default.plist bootpd "
      "-dict-add DHCPLeaseTimeSecs -int 600";
  if (taken.size() >= kAddresses)
    return Finding{Level::Error, std::move(finding), "A new guest gets no address until a lease ends, a day later.",
                   fmt::format("sudo rm {} while no VM runs", kLeases)};
  if (taken.size() + kFewAddresses >= kAddresses)
    return Finding{Level::Warning, std::move(finding), "Every new MAC address takes one for a day.", shorter};
  if (named > 0)
    return Finding{Level::Info, fmt::format("{}; {} guests are known by a DUID", finding, named),
                   "They name themselves so instead of by their MAC address, by which an address is found most surely.",
                   "in the guest: ClientIdentifier=mac in the [DHCPv4] section of systemd-networkd"};
  return Finding{Level::Ok, std::move(finding), {}, {}};
}

std::optional<Finding> checkFirewall(const Host& host, const Subject& /*subject*/) {
  const auto state = answer(host, {kFirewall, "--getglobalstate"});
  if (state.empty()) return unknown("the firewall's state", "socketfilterfw");
  if (state.find("disabled") != std::string::npos) return Finding{Level::Ok, "the firewall is off", {}, {}};
  const auto builtIn = answer(host, {kFirewall, "--getallowsigned"});
  if (builtIn.find("built-in signed software ENABLED") != std::string::npos)
    return Finding{Level::Ok, "the firewall allows the system's own programs", {}, {}};
  if (isAllowed(answer(host, {kFirewall, "--listapps"}), kBootpd))
    return Finding{Level::Ok, fmt::format("the firewall allows {}", kBootpd), {}, {}};
  return Finding{Level::Warning, fmt::format("the firewall does not allow {}", kBootpd),
                 "bootpd gives guests their addresses: they wait for one in vain.",
                 fmt::format("sudo {0} --add {1} && sudo {0} --unblockapp {1}", kFirewall, kBootpd)};
}

std::optional<Finding> checkLocalNetwork(const Host& host, const Subject& /*subject*/) {
  const auto version = systemVersion(host);
  const auto major = leadingNumber(version);
  if (!major || *major < kLocalNetworkSystem)
    return Finding{
        Level::Ok, fmt::format("macOS {} has no Local Network privacy", major ? version : "before 15"), {}, {}};
  return Finding{
      Level::Info, fmt::format("macOS {} asks whether a program may reach the local network", version),
      "Where it was not allowed, reaching a guest fails with \"No route to host\"; vsock and the console work.",
      "allow your terminal in System Settings > Privacy & Security > Local Network"};
}

std::optional<Finding> checkSession(const Host& host, const Subject& /*subject*/) {
  const auto name = answer(host, {"/bin/launchctl", "managername"});
  if (name.empty()) return unknown("the session", "launchctl managername");
  if (name == "Aqua") return Finding{Level::Ok, "a session at the screen (Aqua)", {}, {}};
  return Finding{
      Level::Info, fmt::format("a session without a screen ({})", name),
      "VMs run without a window; macOS can ask for no permission here, and a locked login keychain may hinder "
      "macOS guests.",
      "log in at the screen for a VM with a window"};
}

std::optional<Finding> checkPriority(const Host& host, const Subject& subject) {
  if (!subject.daemon || subject.daemon->pid <= 0) return std::nullopt;
  const auto priority =
      leadingNumber(answer(host, {"/bin/ps", "-o", "pri=", "-p", std::to_string(subject.daemon->pid)}));
  if (!priority) return unknown("the daemon's priority", "ps");
  auto finding = fmt::format("microvmd has priority {}", *priority);
  if (*priority >= kNormalPriority) return Finding{Level::Ok, std::move(finding), {}, {}};
  return Finding{Level::Warning, fmt::format("{}, below the usual {}", finding, kNormalPriority),
                 "launchd slows it down, and every VM that it starts: its job has not the ProcessType Interactive.",
                 "microvmctl service install"};
}

}  // namespace microvm::doctor
