#include "client/cli/doctor/linux_checks.hpp"

#include <functional>

#include <doctest/doctest.h>

#include "tests/unit/client/cli/doctor/paper_host.hpp"

using namespace microvm;
using namespace microvm::doctor;

namespace {

const Subject kSubject = goodSubject(Platform::Linux);

/// The good subject with another probe.
Subject probed(const std::function<void(Probe&)>& change) {
  Subject subject = kSubject;
  change(*subject.probe);
  return subject;
}

PaperHost onDistribution(const std::string& release) {
  PaperHost host = goodLinux();
  host.texts["/etc/os-release"] = release;
  return host;
}

const Subject kNoQemu = probed([](Probe& probe) {
  probe.qemu.clear();
  probe.qemuVersion.clear();
  probe.accelerator.clear();
  probe.why = "qemu-system-x86_64 is neither in /opt/bin nor in a folder of PATH";
});

Subject emulated(const std::string& why) {
  return probed([&](Probe& probe) {
    probe.accelerator = "tcg";
    probe.why = why;
  });
}

}  // namespace

TEST_CASE("QEMU is named with its version") {
  CHECK(textOf(checkQemu(goodLinux(), kSubject)) == "ok: /usr/bin/qemu-system-x86_64 is QEMU 7.2.19");
}

TEST_CASE("a missing QEMU comes with this distribution's command") {
  CHECK(
      textOf(checkQemu(goodLinux(), kNoQemu)) ==
      "error: qemu-system-x86_64 is neither in /opt/bin nor in a folder of PATH | It is the program that emulates the "
      "machine; without it no VM starts. | sudo apt-get install qemu-system-x86");
  CHECK(textOf(checkQemu(onDistribution("ID=ubuntu\nID_LIKE=debian\n"), kNoQemu))
            .ends_with("apt-get install qemu-system-x86"));
  CHECK(textOf(checkQemu(onDistribution("NAME=x\nID=fedora\n"), kNoQemu))
            .ends_with("sudo dnf install qemu-system-x86-core"));
  CHECK(textOf(checkQemu(onDistribution("ID=alpine\n"), kNoQemu)).ends_with("sudo apk add qemu-system-x86_64"));
  CHECK(textOf(checkQemu(onDistribution("ID=unheard-of\n"), kNoQemu)).ends_with("| install QEMU for x86_64"));
  const auto arm = [](Probe& probe) {
    probe.architecture = "arm64";
    probe.qemu.clear();
  };
  CHECK(textOf(checkQemu(goodLinux(), probed(arm))).ends_with("sudo apt-get install qemu-system-arm"));
}

TEST_CASE("a QEMU that does not say its version does not work") {
  const auto broken = probed([](Probe& probe) {
    probe.qemuVersion.clear();
    probe.why = "/usr/bin/qemu-system-x86_64 did not end within 2s";
  });

  CHECK(begins(checkQemu(goodLinux(), broken), "error: /usr/bin/qemu-system-x86_64 did not end within 2s"));
  CHECK(textOf(checkKvm(goodLinux(), broken)) == "nothing");
}

TEST_CASE("a runner that knows no --probe leaves QEMU unknown, and nothing is said of what is in it") {
  Subject subject = kSubject;
  subject.probe.reset();
  subject.probeProblem = "it is no JSON";

  CHECK(begins(checkQemu(goodLinux(), subject), "info: /opt/bin/vfkit-qemu --probe tells nothing: it is no JSON"));
  for (const auto check : {checkKvm, checkVirtiofsd, checkFirmware})
    CHECK(textOf(check(goodLinux(), subject)) == "nothing");
}

TEST_CASE("KVM works, is missing, is forbidden, or opens and hangs") {
  PaperHost host = goodLinux();
  CHECK(textOf(checkKvm(host, kSubject)) == "ok: a guest ran under /dev/kvm");

  const auto hangs =
      checkKvm(host, emulated("/dev/kvm opens, but a small guest tried under it did not run to its end"));
  CHECK(begins(hangs, "warning: /dev/kvm opens, but a small guest"));
  CHECK(textOf(hangs).find("nested virtualization") != std::string::npos);

  host.forbidden["/dev/kvm"] = Errc::Permission;
  CHECK(begins(checkKvm(host, emulated("whatever")), "warning: cannot use /dev/kvm: permission denied"));
  CHECK(textOf(checkKvm(host, emulated("whatever"))).find("usermod -aG kvm") != std::string::npos);

  host.files.erase("/dev/kvm");
  CHECK(textOf(checkKvm(host, emulated("/dev/kvm: no such file"))).find("modprobe") != std::string::npos);
}

TEST_CASE("virtiofsd is found or comes with the package that has it") {
  CHECK(textOf(checkVirtiofsd(goodLinux(), kSubject)) == "ok: folders are shared by /usr/libexec/virtiofsd");
  const auto without = probed([](Probe& probe) { probe.virtiofsd.clear(); });
  CHECK(textOf(checkVirtiofsd(goodLinux(), without)).ends_with("| sudo apt-get install virtiofsd"));
  CHECK(textOf(checkVirtiofsd(onDistribution("ID=debian\nVERSION_ID=\"12\"\n"), without))
            .ends_with("| sudo apt-get install qemu-system-common"));
}

TEST_CASE("firmware is found, or the package for the guest's processor is named") {
  CHECK(textOf(checkFirmware(goodLinux(), kSubject)) == "ok: EFI firmware is /usr/share/OVMF/OVMF_CODE_4M.fd");
  const auto without = probed([](Probe& probe) { probe.firmware.clear(); });
  CHECK(textOf(checkFirmware(goodLinux(), without)).ends_with("| sudo apt-get install ovmf"));
  const auto arm = probed([](Probe& probe) {
    probe.architecture = "arm64";
    probe.firmware.clear();
  });
  CHECK(textOf(checkFirmware(goodLinux(), arm)).ends_with("| sudo apt-get install qemu-efi-aarch64"));
}

TEST_CASE("vsock is usable, absent or forbidden") {
  PaperHost host = goodLinux();
  CHECK(textOf(checkVsock(host, kSubject)) == "ok: /dev/vhost-vsock can be used");
  host.forbidden["/dev/vhost-vsock"] = Errc::Permission;
  CHECK(begins(checkVsock(host, kSubject), "info: cannot use /dev/vhost-vsock"));
  host.files.erase("/dev/vhost-vsock");
  CHECK(textOf(checkVsock(host, kSubject)).ends_with("| sudo modprobe vhost_vsock"));
}

TEST_CASE("the tightest group above a process counts") {
  PaperHost host;
  host.texts["/sys/fs/cgroup/user.slice/app/pids.max"] = "max\n";
  host.texts["/sys/fs/cgroup/user.slice/pids.max"] = "1000\n";
  host.texts["/sys/fs/cgroup/user.slice/pids.current"] = "900\n";
  host.texts["/sys/fs/cgroup/user.slice/app/memory.max"] = "2147483648\n";
  host.texts["/sys/fs/cgroup/user.slice/app/memory.current"] = "1073741824\n";
  host.texts["/sys/fs/cgroup/user.slice/memory.max"] = "8589934592\n";

  const Room room = roomOf(host, "0::/user.slice/app\n");

  CHECK(room.tasks == 100);
  CHECK(room.bytes == 1073741824);
}

TEST_CASE("groups of version 1 are by controller, and their huge number is no limit") {
  PaperHost host;
  host.texts["/sys/fs/cgroup/pids/job/pids.max"] = "64\n";
  host.texts["/sys/fs/cgroup/pids/job/pids.current"] = "4\n";
  host.texts["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712\n";

  const Room room = roomOf(host, "9:name=systemd:/\n8:cpu,pids:/job\n4:memory:/job\n3:cpuset:/\n0::/\n");

  CHECK(room.tasks == 60);
  CHECK_FALSE(room.bytes);
}

TEST_CASE("lines that are none are passed over") {
  const Room room = roomOf(PaperHost{}, "\n0\n0:\n0::relative\nwhat\n");

  CHECK_FALSE(room.tasks);
  CHECK_FALSE(room.bytes);
}

TEST_CASE("a group without room is a warning, of the daemon's group if there is one") {
  PaperHost host = goodLinux();
  CHECK(textOf(checkCgroup(host, kSubject)) ==
        "ok: microvmd's control group allows any number of processes and any memory");

  host.texts["/sys/fs/cgroup/user.slice/pids.max"] = "255\n";
  CHECK(begins(checkCgroup(host, kSubject),
               "warning: microvmd's control group allows 255 more processes and any memory"));
  host.texts["/sys/fs/cgroup/user.slice/pids.max"] = "256\n";
  CHECK(begins(checkCgroup(host, kSubject), "ok: "));
  host.texts["/sys/fs/cgroup/user.slice/memory.max"] = "536870912\n";
  CHECK(begins(checkCgroup(host, kSubject),
               "warning: microvmd's control group allows 256 more processes and 512 MiB more memory"));

  Subject alone = kSubject;
  alone.daemon.reset();
  CHECK(begins(checkCgroup(host, alone), "info: cannot open /proc/self/cgroup"));
}
