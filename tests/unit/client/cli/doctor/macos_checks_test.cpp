#include "client/cli/doctor/macos_checks.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/unit/client/cli/doctor/paper_host.hpp"

using namespace microvm;
using namespace microvm::doctor;

namespace {

const Subject kSubject = goodSubject(Platform::MacOs);
constexpr const char* kSwVers = "/usr/bin/sw_vers -productVersion";
constexpr const char* kLeases = "/var/db/dhcpd_leases";
constexpr const char* kFirewall = "/usr/libexec/ApplicationFirewall/socketfilterfw";

PaperHost onMacOs(const std::string& version) {
  PaperHost host = goodMac();
  host.answers[kSwVers] = {0, version + "\n", {}};
  return host;
}

/// `count` leases that end at `expires`, seconds after 1970 in hexadecimal.
std::string leases(int count, const char* expires, const char* hardware = "1,2:0:0:1:1:1") {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += fmt::format(
        "{{\n\tname=vm{0}\n\tip_address=192.168.64.{1}\n\thw_address={2}\n\tidentifier={2}\n\tlease={3}\n}}\n", i,
        i + 2, hardware, expires);
  return text;
}

constexpr const char* kLater = "0x7fffffff";
constexpr const char* kEarlier = "0x10000000";

}  // namespace

TEST_CASE("macOS 13 is the oldest that will do") {
  CHECK(textOf(checkSystemVersion(onMacOs("13.0"), kSubject)) == "ok: macOS 13.0");
  CHECK(begins(checkSystemVersion(onMacOs("12.7.6"), kSubject), "error: macOS 12.7.6 | vfkit runs VMs on macOS 13"));
  CHECK(begins(checkSystemVersion(onMacOs("new"), kSubject), "info: the version of macOS is not known"));
}

TEST_CASE("the system's Rosetta is there, missing, or impossible") {
  PaperHost host = goodMac();
  CHECK(textOf(checkRosetta(host, kSubject)) == "ok: Rosetta is installed");

  host.files.erase("/Library/Apple/usr/libexec/oah/RosettaLinux/rosetta");
  CHECK(begins(checkRosetta(host, kSubject), "info: Rosetta is not installed"));
  CHECK(textOf(checkRosetta(host, kSubject)).ends_with("| softwareupdate --install-rosetta --agree-to-license"));

  host.answers["/usr/sbin/sysctl -n hw.optional.arm64"] = {1, {}, "sysctl: unknown oid 'hw.optional.arm64'\n"};
  CHECK(begins(checkRosetta(host, kSubject), "info: this Mac has no Apple processor"));
}

TEST_CASE("leases are read with their names, addresses and ends") {
  const auto read = parseLeases(
      "{\n\tname=guest\n\tip_address=192.168.64.3\n\thw_address=1,2:0:0:1:1:1\n\tidentifier=1,2:0:0:1:1:1\n"
      "\tlease=0x66a1b2c3\n}\n"
      "{\n\tname=other\n\tip_address=192.168.64.4\n\thw_address=ff,f1:f5:dd:7f:0:2:0:0:ab:11\n\tlease=0x66a1b2c4\n}\n");

  REQUIRE(read.size() == 2);
  CHECK(read[0].name == "guest");
  CHECK(read[0].address == "192.168.64.3");
  CHECK(read[0].hardware == "1,2:0:0:1:1:1");
  CHECK(read[0].expires == 0x66a1b2c3);
  CHECK(read[1].hardware.starts_with("ff,"));
}

TEST_CASE("what is no lease is passed over") {
  CHECK(parseLeases("").empty());
  CHECK(parseLeases("{\n}\n").empty());
  CHECK(parseLeases("ip_address=1.2.3.4\n}\n").empty());
  CHECK(parseLeases("{\n\tip_address=1.2.3.4\n").empty());
  CHECK(parseLeases("{\r\n\tnonsense\r\n\tip_address=1.2.3.4\r\n\tlease=soon\r\n}\r\n").size() == 1);
}

TEST_CASE("leases that ended take no address") {
  PaperHost host = goodMac();
  CHECK(textOf(checkLeases(host, kSubject)) == "ok: no guest has an address yet");

  host.texts[kLeases] = leases(200, kLater) + leases(253, kEarlier);
  CHECK(textOf(checkLeases(host, kSubject)) == "ok: 200 of 253 addresses are lent (/var/db/dhcpd_leases)");
}

TEST_CASE("few addresses are a warning, none an error") {
  PaperHost host = goodMac();
  host.texts[kLeases] = leases(227, kLater);
  CHECK(begins(checkLeases(host, kSubject), "ok: 227"));
  host.texts[kLeases] = leases(228, kLater);
  CHECK(begins(checkLeases(host, kSubject), "warning: 228 of 253"));
  CHECK(textOf(checkLeases(host, kSubject)).find("DHCPLeaseTimeSecs -int 600") != std::string::npos);
  host.texts[kLeases] = leases(253, kLater);
  CHECK(begins(checkLeases(host, kSubject), "error: 253 of 253"));
}

TEST_CASE("guests that go by a DUID are counted") {
  PaperHost host = goodMac();
  host.texts[kLeases] = leases(1, kLater) + leases(2, kLater, "ff,f1:f5:dd:7f:0:2:0:0:ab:11");

  CHECK(begins(checkLeases(host, kSubject), "info: 2 of 253 addresses are lent (/var/db/dhcpd_leases); 2 guests are"));
}

TEST_CASE("a firewall is off, lets the system's programs through, allows bootpd, or is in the way") {
  PaperHost host = goodMac();
  const std::string program = kFirewall;
  CHECK(textOf(checkFirewall(host, kSubject)) == "ok: the firewall is off");

  host.answers[program + " --getglobalstate"] = {0, "Firewall is enabled. (State = 1)\n", {}};
  host.answers[program + " --getallowsigned"] = {0, "Automatically allow built-in signed software ENABLED.\n", {}};
  CHECK(begins(checkFirewall(host, kSubject), "ok: the firewall allows the system's own programs"));

  host.answers[program + " --getallowsigned"] = {0, "Automatically allow built-in signed software DISABLED.\n", {}};
  host.answers[program + " --listapps"] = {
      0, "1 : /usr/libexec/bootpd \n             ( Allow incoming connections ) \n\n", {}};
  CHECK(textOf(checkFirewall(host, kSubject)) == "ok: the firewall allows /usr/libexec/bootpd");

  for (const char* const list : {"1 : /usr/libexec/bootpd \n             ( Block incoming connections ) \n", "0 apps\n",
                                 "1 : /usr/libexec/bootpd"}) {
    host.answers[program + " --listapps"] = {0, list, {}};
    CHECK(begins(checkFirewall(host, kSubject), "warning: the firewall does not allow /usr/libexec/bootpd"));
  }

  host.answers.erase(program + " --getglobalstate");
  CHECK(begins(checkFirewall(host, kSubject), "info: "));
}

TEST_CASE("the local network is guarded from macOS 15 on") {
  CHECK(begins(checkLocalNetwork(onMacOs("14.6"), kSubject), "ok: "));
  CHECK(begins(checkLocalNetwork(onMacOs("15.1"), kSubject), "info: macOS 15.1 asks"));
  CHECK(textOf(checkLocalNetwork(onMacOs("26.0"), kSubject)).find("No route to host") != std::string::npos);
}

TEST_CASE("a session without a screen is told") {
  PaperHost host = goodMac();
  CHECK(begins(checkSession(host, kSubject), "ok: "));
  host.answers["/bin/launchctl managername"] = {0, "Background\n", {}};
  CHECK(begins(checkSession(host, kSubject), "info: a session without a screen (Background)"));
  host.answers.erase("/bin/launchctl managername");
  CHECK(begins(checkSession(host, kSubject), "info: the session is not known"));
}

TEST_CASE("a daemon that launchd throttles is told, and one that is not there is not asked for") {
  PaperHost host = goodMac();
  CHECK(textOf(checkPriority(host, kSubject)) == "ok: microvmd has priority 31");
  host.answers["/bin/ps -o pri= -p 7"] = {0, "  4\n", {}};
  CHECK(begins(checkPriority(host, kSubject), "warning: microvmd has priority 4, below the usual 31"));
  host.answers.erase("/bin/ps -o pri= -p 7");
  CHECK(begins(checkPriority(host, kSubject), "info: "));

  Subject alone = kSubject;
  alone.daemon.reset();
  CHECK(textOf(checkPriority(host, alone)) == "nothing");
}
