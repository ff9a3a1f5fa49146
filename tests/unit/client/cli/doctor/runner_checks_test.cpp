#include "client/cli/doctor/runner_checks.hpp"

#include <doctest/doctest.h>

#include "tests/unit/client/cli/doctor/paper_host.hpp"

using namespace microvm;
using namespace microvm::doctor;

namespace {

const PaperHost kMac = goodMac();
const Subject kOnMac = goodSubject(Platform::MacOs);

Subject saying(Said said) {
  Subject subject = kOnMac;
  subject.runnerVersion = std::move(said);
  return subject;
}

constexpr const char* kVerify = "/usr/bin/codesign --verify /opt/bin/vfkit";
constexpr const char* kEntitlements = "/usr/bin/codesign --display --entitlements - --xml /opt/bin/vfkit";
constexpr const char* kQuarantine = "/usr/bin/xattr -p com.apple.quarantine /opt/bin/vfkit";

}  // namespace

TEST_CASE("a runner that is there and may be executed is well") {
  CHECK(textOf(checkRunner(kMac, kOnMac)) == "ok: VMs run in /opt/bin/vfkit");
}

TEST_CASE("a runner that is nowhere is an error with how to get it on this system") {
  Subject subject = kOnMac;
  subject.runner.clear();
  subject.runnerProblem = "vfkit is neither in /opt/bin nor in a folder of PATH";

  CHECK(
      textOf(checkRunner(kMac, subject)) ==
      "error: vfkit is neither in /opt/bin nor in a folder of PATH | It is the program that runs a VM; without it none "
      "starts. | brew install vfkit");
  CHECK(textOf(checkRunner(goodLinux(), subject)).find("--vfkit-qemu") != std::string::npos);
}

TEST_CASE("a runner that may not be executed, or has gone, is told apart") {
  PaperHost host = goodMac();
  host.forbidden["/opt/bin/vfkit"] = Errc::Permission;
  CHECK(textOf(checkRunner(host, kOnMac))
            .ends_with("permission denied | It is the program that runs a VM; without it "
                       "none starts. | chmod +x /opt/bin/vfkit"));

  host.forbidden["/opt/bin/vfkit"] = Errc::NotFound;
  CHECK(textOf(checkRunner(host, kOnMac)).ends_with("| brew install vfkit"));
}

TEST_CASE("versions are read from releases, from builds between them, and from nothing else") {
  CHECK(parseVersion("v0.6.4") == Version{0, 6, 4});
  CHECK(parseVersion("0.5.1") == Version{0, 5, 1});
  CHECK(parseVersion("v0.6.3-12-gabc1234-dirty") == Version{0, 6, 3});
  CHECK(parseVersion("v10.20.30") == Version{10, 20, 30});
  for (const char* const text : {"", "unknown", "b2bc27e", "v1.2", "1.2.", "v-1.2.3"})
    CHECK_FALSE(parseVersion(text));
}

TEST_CASE("vfkit is new enough from 0.6.2 on") {
  CHECK(textOf(checkRunnerVersion(kMac, kOnMac)) == "ok: /opt/bin/vfkit is vfkit v0.6.4");
  CHECK(begins(checkRunnerVersion(kMac, saying({0, "vfkit version: v0.6.2\n", {}})), "ok: "));
  const auto old = checkRunnerVersion(kMac, saying({0, "vfkit version: v0.6.1\n", {}}));
  CHECK(begins(old, "error: /opt/bin/vfkit is vfkit v0.6.1 | microvmd needs 0.6.2"));
  CHECK(textOf(old).ends_with("| brew upgrade vfkit"));
}

TEST_CASE("a version that is none is taken for a new one, and said") {
  CHECK(begins(checkRunnerVersion(kMac, saying({0, "vfkit version: unknown\n", {}})),
               "info: /opt/bin/vfkit calls its version \"unknown\""));
}

TEST_CASE("a runner that fails, hangs or is another program is told") {
  CHECK(begins(checkRunnerVersion(kMac, saying({134, {}, "dyld: missing library\nmore\n"})),
               "error: /opt/bin/vfkit --version fails: dyld: missing library |"));
  CHECK(begins(checkRunnerVersion(kMac, saying({std::nullopt, {}, {}})),
               "error: /opt/bin/vfkit --version fails: it was killed by a signal"));
  CHECK(
      begins(checkRunnerVersion(kMac, saying({0, "hello\n", {}})), "warning: /opt/bin/vfkit --version says \"hello\""));
  Subject hangs = kOnMac;
  hangs.runnerVersion.reset();
  hangs.versionProblem = "/opt/bin/vfkit did not end within 2s";
  CHECK(begins(checkRunnerVersion(kMac, hangs), "error: /opt/bin/vfkit did not end within 2s"));
}

TEST_CASE("vfkit-qemu is to be of our version") {
  Subject subject = goodSubject(Platform::Linux);
  CHECK(textOf(checkRunnerVersion(goodLinux(), subject)) == "ok: /opt/bin/vfkit-qemu is vfkit-qemu 0.1.0");

  subject.clientVersion = "0.2.0";
  CHECK(begins(checkRunnerVersion(goodLinux(), subject),
               "warning: /opt/bin/vfkit-qemu is vfkit-qemu 0.1.0, microvmctl is 0.2.0"));
}

TEST_CASE("nothing is said of a runner that is not there") {
  Subject subject = kOnMac;
  subject.runner.clear();
  subject.runnerVersion.reset();

  for (const auto check : {checkRunnerVersion, checkSignature, checkEntitlement, checkQuarantine})
    CHECK(textOf(check(kMac, subject)) == "nothing");
}

TEST_CASE("a signature is valid, broken or unknown") {
  PaperHost host = goodMac();
  CHECK(textOf(checkSignature(host, kOnMac)) == "ok: /opt/bin/vfkit is signed");

  host.answers[kVerify] = {1, {}, "/opt/bin/vfkit: code object is not signed at all\nIn architecture: arm64\n"};
  CHECK(
      begins(checkSignature(host, kOnMac), "error: /opt/bin/vfkit: code object is not signed at all | Apple Silicon"));
  CHECK(textOf(checkSignature(host, kOnMac)).ends_with("| brew reinstall vfkit"));

  host.answers.erase(kVerify);
  CHECK(begins(checkSignature(host, kOnMac), "info: the signature is not known: /usr/bin/codesign did not end"));
}

TEST_CASE("the entitlement is granted, denied or absent") {
  constexpr std::string_view kName = "com.apple.security.virtualization";
  const std::string head = "<?xml version=\"1.0\"?><plist version=\"1.0\">\n<dict>\n";
  CHECK(grants(head + "\t<key>com.apple.security.virtualization</key>\n\t<true/>\n</dict></plist>", kName));
  CHECK_FALSE(grants(head + "<key>com.apple.security.virtualization</key><false/></dict></plist>", kName));
  CHECK_FALSE(grants(head + "<key>com.apple.security.network.client</key><true/></dict></plist>", kName));
  CHECK_FALSE(grants("<key>com.apple.security.virtualization</key>", kName));

  PaperHost host = goodMac();
  CHECK(textOf(checkEntitlement(host, kOnMac)) == "ok: /opt/bin/vfkit has com.apple.security.virtualization");
  host.answers[kEntitlements] = {1, {}, "code object is not signed at all"};
  CHECK(begins(checkEntitlement(host, kOnMac), "error: /opt/bin/vfkit lacks the entitlement"));
  host.answers.erase(kEntitlements);
  CHECK(begins(checkEntitlement(host, kOnMac), "info: the entitlements are not known"));
}

TEST_CASE("a quarantine is told with the command that ends it") {
  PaperHost host = goodMac();
  CHECK(textOf(checkQuarantine(host, kOnMac)) == "ok: /opt/bin/vfkit is not quarantined");

  host.answers[kQuarantine] = {0, "0081;66a1b2c3;Safari;\n", {}};
  CHECK(begins(checkQuarantine(host, kOnMac), "error: /opt/bin/vfkit is quarantined (0081;66a1b2c3;Safari;)"));
  CHECK(textOf(checkQuarantine(host, kOnMac)).ends_with("| xattr -d com.apple.quarantine /opt/bin/vfkit"));

  host.answers.erase(kQuarantine);
  CHECK(begins(checkQuarantine(host, kOnMac), "info: "));
}
