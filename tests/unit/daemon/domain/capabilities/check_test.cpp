#include "daemon/domain/capabilities/check.hpp"

#include <functional>

#include <doctest/doctest.h>

using namespace microvm;

namespace {

using Texts = std::vector<std::string>;

constexpr Host kMac{HostSystem::Macos, Architecture::Arm64};
constexpr Host kIntelMac{HostSystem::Macos, Architecture::Amd64};
constexpr Host kLinux{HostSystem::Linux, Architecture::Amd64};

Texts textsOf(const std::vector<FieldError>& fields) {
  Texts texts;
  for (const FieldError& field : fields)
    texts.push_back(field.pointer + ": " + field.detail);
  return texts;
}

Definition linuxGuest() {
  Definition definition;
  definition.name = "web";
  definition.boot = LinuxBoot{"/k", {}, {}};
  return definition;
}

Texts refused(RunnerKind runner, const Host& host, const std::function<void(Definition&)>& change,
              const std::vector<Ask>& further = {}) {
  Definition definition = linuxGuest();
  change(definition);
  return textsOf(check(definition, recordOf(usualTarget(runner, host)), further).errors);
}

Texts vfkitRefuses(const std::function<void(Definition&)>& change) {
  return refused(RunnerKind::Vfkit, kMac, change);
}

/// What vfkit says to a member that is none of the definition's.
Texts vfkitRefusesAsk(Feature feature) {
  return refused(RunnerKind::Vfkit, kMac, [](Definition&) {}, {{"/p", feature, ""}});
}

}  // namespace

TEST_CASE("a plain guest is taken by every runner where it runs") {
  const auto nothing = [](Definition&) {};
  CHECK(refused(RunnerKind::Vfkit, kMac, nothing).empty());
  CHECK(refused(RunnerKind::Vfkit, kIntelMac, nothing).empty());
  CHECK(refused(RunnerKind::Qemu, kLinux, nothing).empty());
  CHECK(refused(RunnerKind::Krunkit, kMac, [](Definition& d) { d.boot = EfiBoot{}; }).empty());
}

TEST_CASE("another host system is refused") {
  CHECK(refused(RunnerKind::Vfkit, kLinux, [](Definition&) {}) ==
        Texts{"/spec/runner: vfkit runs on macOS only, and the host is linux-amd64; use runner qemu"});
}

TEST_CASE("another architecture is refused") {
  CHECK(vfkitRefusesAsk(Feature::GuestOtherArchitecture) ==
        Texts{"/p: vfkit runs guests of the host's own architecture only; use a kernel and images for the host's "
              "architecture"});
}

TEST_CASE("9p is refused") {
  CHECK(vfkitRefusesAsk(Feature::Share9p) ==
        Texts{"/p: vfkit shares folders by virtio-fs and not by 9p; leave proto out: every share is virtio-fs"});
}

TEST_CASE("tap and macvtap are refused") {
  CHECK(
      vfkitRefusesAsk(Feature::NetTap) ==
      Texts{"/p: macOS has no tap devices; use type nat, or type unixgram with the socket of a network helper such as "
            "gvproxy"});
  CHECK(vfkitRefusesAsk(Feature::NetMacvtap) ==
        Texts{"/p: macOS has no macvtap devices; use type nat, or type unixgram with the socket of a network helper "
              "such as gvproxy"});
}

TEST_CASE("a bridge is refused and vmnet-helper is named") {
  CHECK(vfkitRefusesAsk(Feature::NetBridge) ==
        Texts{"/p: vfkit has no bridge: a bridged network is the work of vmnet-helper; use type nat, or run "
              "vmnet-helper --socket PATH and use type unixgram with that path"});
}

TEST_CASE("a balloon is refused: the one of vfkit is a device that nobody can steer") {
  CHECK(vfkitRefuses([](Definition& d) { d.balloon = true; }) ==
        Texts{"/spec/balloon: vfkit attaches a balloon device that nobody can steer: its size cannot be set, and no "
              "memory comes back; leave balloon out; runner qemu has a balloon that works"});
  CHECK(refused(RunnerKind::Qemu, kLinux, [](Definition& d) { d.balloon = true; }).empty());
}

TEST_CASE("device passthrough is refused") {
  CHECK(
      vfkitRefusesAsk(Feature::Devices) ==
      Texts{"/p: macOS passes no PCI or USB device of the host on to a guest; give a disk as a volume with device, or "
            "an image with bus usb"});
}

TEST_CASE("credentials are refused") {
  CHECK(vfkitRefusesAsk(Feature::Credentials) ==
        Texts{"/p: vfkit has neither SMBIOS strings nor fw_cfg to hand credentials over; use cloudInit or ignition"});
}

TEST_CASE("a change of user is refused") {
  CHECK(vfkitRefusesAsk(Feature::User) ==
        Texts{"/p: vfkit runs as the daemon's user and cannot change to another; run a microvmd as that user"});
}

TEST_CASE("a chosen CID is refused") {
  CHECK(vfkitRefusesAsk(Feature::VsockCid) ==
        Texts{"/p: macOS gives every guest its CID, and vfkit cannot choose one; leave cid out: the ports in vsock are "
              "reached through Unix sockets"});
}

TEST_CASE("rosetta on Intel is refused") {
  CHECK(refused(RunnerKind::Vfkit, kIntelMac, [](Definition& d) { d.rosetta.enable = true; }) ==
        Texts{"/spec/rosetta: Rosetta needs Apple silicon, and the host is darwin-amd64; leave rosetta out: the guest "
              "runs x86-64 programs itself"});
  CHECK(vfkitRefuses([](Definition& d) { d.rosetta.enable = true; }).empty());
}

TEST_CASE("qcow2 is refused") {
  CHECK(vfkitRefusesAsk(Feature::VolumeQcow2) ==
        Texts{"/p: vfkit takes raw images only; convert it: qemu-img convert -O raw IN.qcow2 OUT.img"});
}

TEST_CASE("a read-only share is refused") {
  CHECK(
      vfkitRefuses([](Definition& d) {
        d.shares = {{"src", "/s", "", true}};
      }) ==
      Texts{"/spec/shares/0/readOnly: vfkit shares every folder read-write: it has no read-only share; leave readOnly "
            "out and mount it read-only in the guest, which the guest can undo; or give a read-only volume"});
}

TEST_CASE("every refusal of krunkit comes at once") {
  const auto texts = refused(RunnerKind::Krunkit, kMac, [](Definition& d) {
    d.volumes = {{ImageFile{"/a"}, "", true, "s"}, {BlockDevice{"/dev/a"}, "", false, "", VolumeBus::Nvme}};
    d.interfaces = {{InterfaceType::Nat, ""}};
    d.graphics.enable = true;
    d.cloudInit = CloudInit{"/u", {}, {}};
    d.memory = 64 * kGiB;
    d.cpus = 256;
  });

  REQUIRE(texts.size() == 10);
  CHECK(texts[0] ==
        "/spec/boot/linux: krunkit boots by EFI firmware only and takes no kernel; use boot.efi with a "
        "bootable image as the first volume, or runner vfkit");
  CHECK(texts[8] == "/spec/memory: 64GiB is more than krunkit can give a guest here; give at most 60GiB");
  CHECK(texts[9] == "/spec/cpus: 256 are more than krunkit can give a guest here; give at most 255");
}

TEST_CASE("a network block device over TLS is vfkit's only") {
  const auto overTls = [](Definition& d) { d.volumes = {{NbdExport{"nbds://h/x"}}}; };

  CHECK(vfkitRefuses(overTls).empty());
  CHECK(refused(RunnerKind::Qemu, kLinux, overTls) ==
        Texts{"/spec/volumes/0/nbd: vfkit-qemu speaks no TLS to servers of block devices; write nbd:// or nbd+unix://, "
              "to the near end of a tunnel of yours, or use runner vfkit"});
  CHECK(refused(RunnerKind::Krunkit, kMac, [&](Definition& d) {
          overTls(d);
          d.boot = EfiBoot{};
        }) == Texts{"/spec/volumes/0/nbd: krunkit has no network block devices; use runner vfkit"});
}

TEST_CASE("what stands beside a switch that is off has no effect, which is a warning") {
  Definition definition = linuxGuest();
  const auto record = recordOf(usualTarget(RunnerKind::Vfkit, kMac));
  CHECK(check(definition, record).warnings.empty());

  definition.rosetta = {false, "other", "/r", true, true};
  definition.graphics = {false, 100, 100};

  const Findings findings = check(definition, record);
  CHECK(findings.errors.empty());
  CHECK(textsOf(findings.warnings) ==
        Texts{"/spec/graphics/width: has no effect: graphics.enable is false; set it, or leave width out",
              "/spec/graphics/height: has no effect: graphics.enable is false; set it, or leave height out",
              "/spec/rosetta/mountTag: has no effect: rosetta.enable is false; set it, or leave mountTag out",
              "/spec/rosetta/mountPoint: has no effect: rosetta.enable is false; set it, or leave mountPoint out",
              "/spec/rosetta/install: has no effect: rosetta.enable is false; set it, or leave install out",
              "/spec/rosetta/ignoreIfMissing: has no effect: rosetta.enable is false; set it, or leave "
              "ignoreIfMissing out"});
}

TEST_CASE("the commands of warnings are words of a shell") {
  Definition definition = linuxGuest();
  definition.volumes = {{ImageFile{"/a", 8 * kGiB, true, "ext4", "my data", {}}, "/my data"}};
  definition.shares = {{"a b", "/s", "/m n", false}};

  CHECK(textsOf(check(definition, recordOf(usualTarget(RunnerKind::Vfkit, kMac))).warnings) ==
        Texts{"/spec/volumes/0/mountPoint: the guest mounts a volume itself; in the guest: mount 'LABEL=my data' '/my "
              "data'",
              "/spec/shares/0/mountPoint: the guest mounts a share itself; in the guest: mount -t virtiofs 'a b' '/m "
              "n'"});
}

TEST_CASE("what somebody else does is a warning with the words for it") {
  Definition definition = linuxGuest();
  definition.volumes = {{ImageFile{"/a", {}, false, "ext4", "data", {}}, "/data"}, {ImageFile{"/b"}, "/b"}};
  definition.shares = {{"src", "/nix/store", "/src", false}};
  definition.rosetta = {true, "rosetta", "/run/rosetta", true, false};
  definition.logLevel = RunnerLogLevel::Error;

  const Findings findings = check(definition, recordOf(usualTarget(RunnerKind::Vfkit, kMac)));

  CHECK(findings.errors.empty());
  CHECK(textsOf(findings.warnings) ==
        Texts{"/spec/volumes/0/mountPoint: the guest mounts a volume itself; in the guest: mount LABEL=data /data",
              "/spec/volumes/1/mountPoint: the guest mounts a volume itself; in the guest: mount DEVICE /b",
              "/spec/shares/0/mountPoint: the guest mounts a share itself; in the guest: mount -t virtiofs src /src",
              "/spec/rosetta/mountPoint: the guest mounts a share itself; in the guest: mount -t virtiofs rosetta "
              "/run/rosetta, and register it with binfmt_misc",
              "/spec/volumes/0/fsType: is used only when autoCreate makes the image, and autoCreate is off",
              "/spec/shares/0/source: a Nix store on macOS has file names that were changed for a file system without "
              "letter case, and the guest sees those; give the store as a read-only volume",
              "/spec/logLevel: the runner gets info: it names the console's terminal in a line of that level",
              "/spec/rosetta/install: macOS may ask in a window, and the start waits for the answer; install it once "
              "with: softwareupdate --install-rosetta"});
}
