#include "daemon/runner/vfkit/encoder/encoder.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace microvm;

namespace {

EncodeOptions optionsFor(RunnerTarget target) {
  return {"/bin/vfkit", "/run/ab", "/run/ab/vfkit.sock", "/state/efi.vars", false, target};
}

const RunnerTarget kMac = usualTarget(RunnerKind::Vfkit, {HostSystem::Macos, Architecture::Arm64});
const RunnerTarget kKrunkit = usualTarget(RunnerKind::Krunkit, {HostSystem::Macos, Architecture::Arm64});
const EncodeOptions kOptions = optionsFor(kMac);

RunnerTarget vfkitOf(RunnerVersion version) {
  RunnerTarget target = kMac;
  target.version = version;
  return target;
}

Definition small() {
  Definition definition;
  definition.name = "web";
  definition.boot = LinuxBoot{"/k", {}, {}};
  return definition;
}

EncodedCommand commandOf(const Definition& definition, const EncodeOptions& options = kOptions) {
  auto command = encodeCommandLine(definition, options);
  REQUIRE(command.has_value());
  return *command;
}

std::vector<std::string> encoded(const Definition& definition, const EncodeOptions& options = kOptions) {
  return commandOf(definition, options).words;
}

/// The values of --device.
std::vector<std::string> devicesOf(const Definition& definition, const EncodeOptions& options = kOptions) {
  std::vector<std::string> devices;
  const auto words = encoded(definition, options);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "--device") devices.push_back(words[i + 1]);
  }
  return devices;
}

/// What follows a flag; empty when it is not there.
std::string valueOf(const std::vector<std::string>& words, std::string_view flag) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == flag) return words[i + 1];
  }
  return "";
}

std::vector<std::string> refused(const Definition& definition, const EncodeOptions& options = kOptions) {
  const auto words = encodeCommandLine(definition, options);
  REQUIRE_FALSE(words.has_value());
  CHECK(words.error().code == Errc::Invalid);
  std::vector<std::string> pointers;
  for (const FieldError& error : words.error().errors)
    pointers.push_back(error.pointer);
  return pointers;
}

}  // namespace

TEST_CASE("the smallest definition boots with an empty initrd and a console") {
  CHECK(encoded(small()) == std::vector<std::string>{"/bin/vfkit", "--cpus", "1", "--memory", "512", "--log-level",
                                                     "info", "--kernel", "/k", "--initrd", "/run/ab/empty.cpio",
                                                     "--kernel-cmdline", "console=hvc0", "--device", "virtio-rng",
                                                     "--device", "virtio-serial,pty", "--restful-uri",
                                                     "unix:///run/ab/vfkit.sock"});
}

TEST_CASE("devices come in the definition's order") {
  Definition definition = small();
  definition.cpus = 3;
  definition.memory = 2 * kGiB;
  definition.logLevel = RunnerLogLevel::Debug;
  definition.boot = LinuxBoot{"/a b,c", "/i \"q\"", {"console=ttyS0", "x=\"a b\""}};
  definition.volumes = {{ImageFile{"/v=1.img"}, "", true, "root"}, {ImageFile{"/v2 x.img"}}};
  definition.shares = {{"src", "/s", "", false}};
  definition.interfaces = {{InterfaceType::Nat, "02:00:00:01:01:01"}};

  CHECK(encoded(definition) == std::vector<std::string>{"/bin/vfkit",
                                                        "--cpus",
                                                        "3",
                                                        "--memory",
                                                        "2048",
                                                        "--log-level",
                                                        "debug",
                                                        "--kernel",
                                                        "/a b,c",
                                                        "--initrd",
                                                        "/i \"q\"",
                                                        "--kernel-cmdline",
                                                        "console=ttyS0 x=\"a b\"",
                                                        "--device",
                                                        "virtio-rng",
                                                        "--device",
                                                        "virtio-serial,pty",
                                                        "--device",
                                                        "virtio-blk,path=/v=1.img,readonly,deviceId=root",
                                                        "--device",
                                                        "virtio-blk,path=/v2 x.img",
                                                        "--device",
                                                        "virtio-fs,sharedDir=/s,mountTag=src",
                                                        "--device",
                                                        "virtio-net,nat,mac=02:00:00:01:01:01",
                                                        "--restful-uri",
                                                        "unix:///run/ab/vfkit.sock"});
}

TEST_CASE("the log level is never above info, which names the terminal") {
  Definition definition = small();
  definition.logLevel = RunnerLogLevel::Error;

  CHECK(encoded(definition)[6] == "info");
}

TEST_CASE("what cannot be reached through a link is refused, all at once") {
  Definition definition = small();
  definition.volumes = {{ImageFile{"/a"}, "", false, "x,y"}, {NbdExport{"nbd://a,b"}}};
  definition.shares = {{"t,u", "/s", "", false}};
  definition.rosetta.enable = true;
  definition.rosetta.mountTag = "r,s";

  CHECK(refused(definition) == std::vector<std::string>{"/spec/volumes/0/serial", "/spec/volumes/1/nbd",
                                                        "/spec/shares/0/tag", "/spec/rosetta/mountTag"});
}

TEST_CASE("paths that would be split are reached through links in the run folder") {
  Definition definition = small();
  definition.boot = EfiBoot{"/my, vms/efi.vars"};
  definition.volumes = {{ImageFile{"/a,b.img"}}, {BlockDevice{"/dev/x,y/disk1"}}};
  definition.shares = {{"src", "/my, src", "", false}};
  definition.cloudInit = CloudInit{"/seed/user.yaml", "/seed/meta-data", "/a\"b/network-config"};
  definition.ignition = "/a,b.ign";

  const auto command = commandOf(definition);

  CHECK(command.links == std::vector<Link>{{"/run/ab/links/efi", "/my, vms"},
                                           {"/run/ab/links/volume-0", "/a,b.img"},
                                           {"/run/ab/links/volume-1", "/dev/x,y"},
                                           {"/run/ab/links/share-0", "/my, src"},
                                           {"/run/ab/links/user-data", "/seed/user.yaml"},
                                           {"/run/ab/links/network-config", "/a\"b/network-config"},
                                           {"/run/ab/links/ignition", "/a,b.ign"}});
  CHECK(valueOf(command.words, "--bootloader") == "efi,variable-store=/run/ab/links/efi/efi.vars,create");
  CHECK(valueOf(command.words, "--cloud-init") ==
        "/run/ab/links/user-data,/seed/meta-data,/run/ab/links/network-config");
  CHECK(valueOf(command.words, "--ignition") == "/run/ab/links/ignition");
  CHECK(devicesOf(definition) == std::vector<std::string>{"virtio-rng", "virtio-serial,pty",
                                                          "virtio-blk,path=/run/ab/links/volume-0",
                                                          "virtio-blk,path=/run/ab/links/volume-1/disk1,type=dev",
                                                          "virtio-fs,sharedDir=/run/ab/links/share-0,mountTag=src"});
}

TEST_CASE("a variable store that is there is not made anew") {
  Definition definition = small();
  definition.boot = EfiBoot{};
  EncodeOptions options = kOptions;
  options.hasVariableStore = true;

  CHECK(valueOf(encoded(definition), "--bootloader") == "efi,variable-store=/state/efi.vars,create");
  CHECK(valueOf(encoded(definition, options), "--bootloader") == "efi,variable-store=/state/efi.vars");
  CHECK(commandOf(definition).emptyInitrd.empty());
}

TEST_CASE("every kind of volume has its words") {
  Definition definition = small();
  definition.volumes = {{ImageFile{"/a"}, "/data", true, "", VolumeBus::Nvme},
                        {ImageFile{"/b"}, "", false, "", VolumeBus::Usb},
                        {BlockDevice{"/dev/disk4"}, "", true, "d4", VolumeBus::Virtio},
                        {NbdExport{"nbd://h:1/e"}},
                        {NbdExport{"nbd+unix:///e?socket=/s", Milliseconds(3000), NbdSync::None}, "", true, "data"}};

  CHECK(devicesOf(definition) ==
        std::vector<std::string>{"virtio-rng", "virtio-serial,pty", "nvme,path=/a,readonly", "usb-mass-storage,path=/b",
                                 "virtio-blk,path=/dev/disk4,type=dev,readonly,deviceId=d4",
                                 "nbd,uri=nbd://h:1/e,deviceId=nbd3",
                                 "nbd,uri=nbd+unix:///e?socket=/s,deviceId=data,timeout=3000,sync=none,readonly"});
}

TEST_CASE("the identity of a network disk may not be cut either") {
  Definition definition = small();
  definition.volumes = {{NbdExport{"nbd://h/e"}, "", false, "a,timeout=1"}};

  CHECK(refused(definition) == std::vector<std::string>{"/spec/volumes/0/serial"});
}

TEST_CASE("graphics, rosetta, balloon and the switches have their words") {
  Definition definition = small();
  definition.graphics = {true, 1920, 1200};
  definition.rosetta = {true, "ros", "/ros", true, true};
  definition.balloon = definition.nested = true;
  definition.timesync = Timesync{1234};

  const auto words = encoded(definition);

  CHECK(valueOf(words, "--kernel-cmdline") == "console=tty0 console=hvc0");
  CHECK(valueOf(words, "--timesync") == "vsockPort=1234");
  CHECK(std::find(words.begin(), words.end(), "--gui") != words.end());
  CHECK(std::find(words.begin(), words.end(), "--nested") != words.end());
  CHECK(devicesOf(definition) ==
        std::vector<std::string>{"virtio-rng", "virtio-serial,pty", "virtio-gpu,width=1920,height=1200",
                                 "virtio-input,keyboard", "virtio-input,pointing",
                                 "rosetta,mountTag=ros,install,ignore-if-missing", "virtio-balloon"});
}

TEST_CASE("vsock sockets are in the run folder or where they are asked for, without what would be escaped") {
  Definition definition = small();
  definition.vsock = {{22, VsockDirection::Connect, ""},
                      {22, VsockDirection::Listen, ""},
                      {80, VsockDirection::Connect, "/my vms/80.sock"},
                      {81, VsockDirection::Listen, "/" + std::string(120, 'a') + "/81.sock"}};

  const auto command = commandOf(definition);

  CHECK(devicesOf(definition) ==
        std::vector<std::string>{"virtio-rng", "virtio-serial,pty",
                                 "virtio-vsock,port=22,socketURL=/run/ab/vsock-22.sock,connect",
                                 "virtio-vsock,port=22,socketURL=/run/ab/vsock-22-listen.sock,listen",
                                 "virtio-vsock,port=80,socketURL=/run/ab/links/vsock-2/80.sock,connect",
                                 "virtio-vsock,port=81,socketURL=/run/ab/links/vsock-3/81.sock,listen"});
  CHECK(command.links == std::vector<Link>{{"/run/ab/links/vsock-2", "/my vms"},
                                           {"/run/ab/links/vsock-3", "/" + std::string(120, 'a')}});
  CHECK(command.binds == std::vector<std::string>{"/run/ab/vsock-22.sock", "/my vms/80.sock"});
}

TEST_CASE("a socket's name that is too long is refused") {
  Definition definition = small();
  definition.vsock = {{80, VsockDirection::Connect, "/a/" + std::string(101, 'b')}};

  CHECK(refused(definition) == std::vector<std::string>{"/spec/vsock/0/socket"});
}

TEST_CASE("an interface with a helper is the descriptor that goes with its place") {
  Definition definition = small();
  const Interface helped{InterfaceType::Fd, "02:00:00:01:01:02", "", {"/opt/helper"}};
  definition.interfaces = {{InterfaceType::Nat, "02:00:00:01:01:01", ""}, helped};

  CHECK(devicesOf(definition)[3] == "virtio-net,fd=11,mac=02:00:00:01:01:02");
  definition.boot = EfiBoot{"/efi.vars"};
  CHECK(devicesOf(definition, optionsFor(kKrunkit))[2] ==
        "virtio-net,type=unixgram,fd=11,mac=02:00:00:01:01:02,offloading=off,vfkitMagic=off");
}

TEST_CASE("older vfkits get the words that they know") {
  Definition definition = small();
  definition.interfaces = {{InterfaceType::Unixgram, "02:00:00:01:01:01", "/n/gv.sock"}};

  CHECK(devicesOf(definition)[1] == "virtio-serial,pty");
  CHECK(devicesOf(definition)[2] == "virtio-net,type=unixgram,path=/n/gv.sock,mac=02:00:00:01:01:01");
  for (const RunnerVersion old : {RunnerVersion{0, 6, 0}, RunnerVersion{0, 6, 1}}) {
    const auto devices = devicesOf(definition, optionsFor(vfkitOf(old)));
    CHECK(devices[1] == "virtio-serial,stdio");
    CHECK(devices[2] == "virtio-net,unixSocketPath=/n/gv.sock,mac=02:00:00:01:01:01");
  }
  for (const RunnerVersion pty : {RunnerVersion{0, 6, 2}, RunnerVersion{0, 6, 3}, RunnerVersion{0, 7, 0}}) {
    CHECK(devicesOf(definition, optionsFor(vfkitOf(pty)))[1] == "virtio-serial,pty");
  }
}

TEST_CASE("krunkit gets its own words") {
  Definition definition = small();
  definition.boot = EfiBoot{"/state/a=b/efi.vars"};
  definition.logLevel = RunnerLogLevel::Debug;
  definition.volumes = {{ImageFile{"/a=b.img"}}, {ImageFile{"/c.img"}}};
  definition.shares = {{"src", "/s", "", false}};
  definition.interfaces = {{InterfaceType::Unixgram, "02:00:00:01:01:01", "/n/gv.sock"}};
  definition.vsock = {{22, VsockDirection::Connect, ""}};
  definition.nested = true;
  definition.timesync = Timesync{1234};

  CHECK(encoded(definition, optionsFor(kKrunkit)) ==
        std::vector<std::string>{"/bin/vfkit",
                                 "--cpus",
                                 "1",
                                 "--memory",
                                 "512",
                                 "--krun-log-level",
                                 "4",
                                 "--bootloader",
                                 "efi,variable-store=/run/ab/links/efi/efi.vars,create",
                                 "--device",
                                 "virtio-rng",
                                 "--device",
                                 "virtio-serial,logFilePath=/dev/fd/1",
                                 "--device",
                                 "virtio-blk,path=/run/ab/links/volume-0,format=raw",
                                 "--device",
                                 "virtio-blk,path=/c.img,format=raw",
                                 "--device",
                                 "virtio-fs,sharedDir=/s,mountTag=src",
                                 "--device",
                                 "virtio-net,type=unixgram,path=/n/gv.sock,mac=02:00:00:01:01:01,offloading=off,"
                                 "vfkitMagic=on",
                                 "--device",
                                 "virtio-vsock,port=22,socketURL=/run/ab/vsock-22.sock,connect",
                                 "--nested",
                                 "--timesync",
                                 "vsockPort=1234",
                                 "--restful-uri",
                                 "unix:///run/ab/vfkit.sock"});
}

TEST_CASE("krunkit splits at the second equals sign, so a tag has none") {
  Definition definition = small();
  definition.shares = {{"a=b", "/s", "", false}};

  CHECK(refused(definition, optionsFor(kKrunkit)) == std::vector<std::string>{"/spec/shares/0/tag"});
  CHECK(devicesOf(definition).back() == "virtio-fs,sharedDir=/s,mountTag=a=b");
}

TEST_CASE("further arguments come last, and none that the daemon manages") {
  Definition definition = small();
  definition.extraArgs = {"--pidfile", "/p,q"};
  CHECK(encoded(definition).back() == "/p,q");

  definition.extraArgs = {"--cpus=4", "--gui"};
  CHECK(refused(definition) == std::vector<std::string>{"/spec/extraArgs/0", "/spec/extraArgs/1"});
}

TEST_CASE("stray bytes, NUL and empty values are refused") {
  Definition definition = small();
  definition.boot = LinuxBoot{std::string("/k\0x", 4), "/\xff", {}};
  definition.volumes = {{ImageFile{""}}};

  CHECK(refused(definition) ==
        std::vector<std::string>{"/spec/boot/linux/kernel", "/spec/boot/linux/initrd", "/spec/volumes/0/image"});
}

TEST_CASE("an interface without an address is refused") {
  Definition definition = small();
  definition.interfaces = {{InterfaceType::Nat, ""}};

  CHECK(refused(definition) == std::vector<std::string>{"/spec/interfaces/0/mac"});
}

TEST_CASE("the socket is escaped as a URI and not too long") {
  EncodeOptions options = kOptions;
  options.socketPath = "/run/50%?#x/s";

  CHECK(encodeCommandLine(small(), options).value().words.back() == "unix:///run/50%25%3F#x/s");

  for (const std::string& path : {"/" + std::string(103, 'a'), std::string("rel/s"), std::string()}) {
    options.socketPath = path;
    CHECK(refused(small(), options) == std::vector<std::string>{""});
  }
}
