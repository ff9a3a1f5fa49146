#include "daemon/vfkit_qemu/probe.hpp"

#include <filesystem>

#include <doctest/doctest.h>

#include "api/version/version.hpp"
#include "daemon/vfkit_qemu/qemu/command_line.hpp"
#include "tests/support/api.hpp"
#include "tests/support/program.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;

namespace {

/// What `vfkit-qemu --probe` prints where QEMU is this script; empty: where it is not installed.
test::Json probe(const std::string& qemu) {
  const test::TempDir folder;
  if (!qemu.empty()) {
    const auto path = folder.write(std::string(programName(hostArchitecture())), "#!/bin/sh\n" + qemu + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }
  const auto ended = test::runProgram(test::builtProgram("vfkit-qemu"), {"--probe"},
                                      {{"PATH=" + folder.path(), "XDG_CACHE_HOME=" + (folder / "cache")}, {}});
  CHECK(ended.code == 0);
  CHECK(ended.err.empty());
  return test::Json::parse(ended.out);
}

}  // namespace

TEST_CASE("QEMU's version stands in its first line") {
  CHECK(qemuVersionIn("QEMU emulator version 7.2.19 (Debian 1:7.2+dfsg-7)\nCopyright") == "7.2.19");
  CHECK(qemuVersionIn("QEMU emulator version 10.0.0\n") == "10.0.0");
  CHECK(qemuVersionIn("QEMU emulator version 9.1") == "9.1");
  CHECK(qemuVersionIn("bash: no").empty());
  CHECK(qemuVersionIn("").empty());
}

TEST_CASE("a QEMU that runs nothing is told with what its guests would get") {
  const auto report = probe("[ \"$1\" = --version ] && echo 'QEMU emulator version 8.1.2 (x)'");

  CHECK(report.at("version") == version());
  CHECK(report.at("qemu").get<std::string>().ends_with(programName(hostArchitecture())));
  CHECK(report.at("qemuVersion") == "8.1.2");
  CHECK(report.at("accelerator") == "tcg");
  CHECK((report.at("firmware").is_null() || report.at("firmware").get<std::string>().starts_with("/")));
  CHECK(report.at("vsock").is_boolean());
  CHECK(report.at("why").get<std::string>().starts_with("/dev/kvm "));
}

TEST_CASE("a host without QEMU is told where it was looked for") {
  const auto report = probe("");

  CHECK(report.at("qemu").is_null());
  CHECK(report.at("qemuVersion").is_null());
  CHECK(report.at("accelerator").is_null());
  CHECK(report.at("why").get<std::string>().starts_with(programName(hostArchitecture())));
}

TEST_CASE("a QEMU that hangs, or is none, is told") {
  const auto hangs = probe("exec /usr/bin/tail -f /dev/null");
  const auto other = probe("echo hello");

  CHECK(hangs.at("qemuVersion").is_null());
  CHECK(hangs.at("why").get<std::string>().ends_with("did not end within 2s"));
  CHECK(other.at("accelerator").is_null());
  CHECK(other.at("why").get<std::string>().ends_with("--version names no version"));
}
