#include "daemon/wire/definition_json.hpp"

#include <array>
#include <random>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "api/wire/json.hpp"
#include "daemon/domain/definition/mac.hpp"

using namespace microvm;
using Json = nlohmann::ordered_json;

namespace {

const char* const kSmallest = R"({"metadata":{"name":"web"},"spec":{"boot":{"linux":{"kernel":"/k"}}}})";

const char* const kFull = R"({
  "metadata": {"name": "web", "labels": {"team": "infra"}},
  "spec": {
    "runner": "qemu", "cpus": 2, "memory": "1GiB",
    "boot": {"linux": {"kernel": "/boot/Image", "initrd": "/boot/initrd", "cmdline": ["root=/dev/vda", "rw"]}},
    "volumes": [{"image": "/i/root.img", "size": "8GiB", "autoCreate": true, "fsType": "ext4", "label": "root",
                 "mkfsArgs": ["-m", "0"], "mountPoint": "/", "readOnly": false, "serial": "root", "bus": "virtio"},
                {"image": "/i/data.img", "size": 1048576, "bus": "usb"},
                {"nbd": "nbd://host:10809/export", "serial": "data", "timeout": "3s", "sync": "none"},
                {"device": "/dev/disk4", "readOnly": true, "bus": "nvme"}],
    "shares": [{"tag": "src", "source": "/home/me/src", "mountPoint": "/src", "readOnly": true}],
    "interfaces": [{"type": "nat", "mac": "02-00-00-01-01-0A"}, {"type": "unixgram", "path": "/run/net.sock"}],
    "vsock": [{"port": 22, "direction": "connect"}, {"port": 8888, "direction": "listen", "socket": "/run/n.sock"}],
    "console": {"size": "1MiB", "keep": 2},
    "graphics": {"enable": true, "width": 1920, "height": 1200},
    "rosetta": {"enable": true, "mountTag": "ros", "mountPoint": "/ros", "install": true, "ignoreIfMissing": true},
    "balloon": true, "nested": true, "timesync": {"vsockPort": 1234},
    "cloudInit": {"userData": "/c/user-data", "metaData": "/c/meta-data", "networkConfig": "/c/network-config"},
    "ignition": "/c/config.ign", "logLevel": "debug", "extraArgs": ["--pidfile", "/p"],
    "autostart": {"enable": true, "priority": -5, "delay": "2s", "startAfter": ["db"]},
    "restart": {"policy": "on-failure", "backoff": "2s", "maxBackoff": "30s", "giveUpAfter": 3, "within": "5m"},
    "stop": {"timeout": "90s", "escalate": false, "onHostShutdown": "leave"},
    "readiness": {"console": "login:"}}})";

std::vector<FieldError> errorsOf(std::string_view text) {
  const auto definition = definitionFromJson(parseJson(text).value());
  REQUIRE_FALSE(definition.has_value());
  CHECK(definition.error().code == Errc::Invalid);
  return definition.error().errors;
}

/// The smallest definition with this put into its spec.
std::vector<FieldError> errorsWith(const std::string& member) {
  return errorsOf(R"({"metadata":{"name":"web"},"spec":{"boot":{"linux":{"kernel":"/k"}},)" + member + "}}");
}

using Random = std::mt19937_64;

std::uint64_t pick(Random& random, std::uint64_t below) {
  return random() % below;
}

std::string randomText(Random& random, std::size_t most) {
  static const std::array<std::string, 8> kPieces{"a", "Z", "=", " x", "'", "\xc3\xa9", "\xf0\x9f\x98\x80", "\\"};
  std::string text = "t";
  for (std::size_t i = pick(random, most); i > 0; --i)
    text += kPieces[pick(random, kPieces.size())];
  return text;
}

std::string randomPath(Random& random) {
  return "/" + randomText(random, 20) + std::to_string(random());
}

bool coin(Random& random) {
  return pick(random, 2) == 0;
}

Volume randomVolume(Random& random, std::uint64_t index) {
  Volume volume;
  const std::uint64_t kind = pick(random, 4);
  if (kind == 0) volume.source = BlockDevice{"/dev/d" + std::to_string(random())};
  if (kind == 1) {
    volume.source = NbdExport{"nbd://h/" + std::to_string(random()), Milliseconds(1 + pick(random, 100'000)),
                              coin(random) ? NbdSync::None : NbdSync::Full};
  }
  if (kind > 1) {
    ImageFile image{randomPath(random), {}, false, "", "", {}};
    if (coin(random)) image.size = kMiB + 512 * pick(random, 100'000);
    if (image.size) image.autoCreate = coin(random);
    if (coin(random)) {
      image.fsType = "xfs";
      image.label = "l";
      image.mkfsArgs = {"-f", randomText(random, 5)};
    }
    volume.source = std::move(image);
  }
  if (kind != 1) volume.bus = static_cast<VolumeBus>(pick(random, 3));
  if (coin(random) && volume.bus == VolumeBus::Virtio) volume.serial = "s-" + std::to_string(index);
  if (coin(random)) volume.mountPoint = randomPath(random);
  volume.readOnly = kind == 0 && coin(random);
  return volume;
}

Interface randomInterface(Random& random) {
  std::array<std::uint8_t, 6> bytes{};
  for (auto& byte : bytes)
    byte = static_cast<std::uint8_t>(random());
  Interface interface { InterfaceType::Nat, pick(random, 3) == 0 ? std::string() : makeMac(bytes), "" };
  if (coin(random)) interface = {InterfaceType::Unixgram, interface.mac, "/n/" + std::to_string(random()), {}};
  if (coin(random)) interface = {InterfaceType::Fd, interface.mac, "", {"/h", std::to_string(random())}};
  return interface;
}

void addDevices(Random& random, Definition& definition) {
  for (std::uint64_t i = pick(random, 17); i > 0; --i)
    definition.volumes.push_back(randomVolume(random, i));
  for (std::uint64_t i = pick(random, 17); i > 0; --i) {
    definition.shares.push_back({std::to_string(i) + randomText(random, 5), randomPath(random), "", coin(random)});
  }
  for (std::uint64_t i = pick(random, 9); i > 0; --i)
    definition.interfaces.push_back(randomInterface(random));
  for (std::uint32_t i = static_cast<std::uint32_t>(pick(random, 5)); i > 0; --i) {
    definition.vsock.push_back(
        {i, static_cast<VsockDirection>(pick(random, 2)), coin(random) ? "" : "/v" + std::to_string(i)});
  }
  definition.graphics = {coin(random), 64 + static_cast<unsigned>(pick(random, 1000)), 64};
  definition.rosetta = {coin(random), "ros" + randomText(random, 3), randomPath(random), coin(random), coin(random)};
  definition.balloon = coin(random);
  definition.nested = coin(random);
  if (coin(random)) definition.timesync = Timesync{1 + static_cast<std::uint32_t>(pick(random, 5'000))};
  if (coin(random)) definition.cloudInit = CloudInit{randomPath(random), {}, randomPath(random)};
  if (coin(random)) definition.ignition = randomPath(random);
  for (std::uint64_t i = pick(random, 4); i > 0; --i)
    definition.extraArgs.push_back(randomText(random, 5));
}

Probe randomProbe(Random& random, const Sign& sign) {
  Probe probe(sign);
  if (std::holds_alternative<ConsoleSign>(sign) || coin(random)) return probe;
  probe.timing = {Milliseconds(pick(random, 9'000)), Milliseconds(100 + pick(random, 9'000)),
                  Milliseconds(100 + pick(random, 9'000)), 1 + static_cast<unsigned>(pick(random, 100)),
                  1 + static_cast<unsigned>(pick(random, 100))};
  return probe;
}

void addPolicies(Random& random, Definition& definition) {
  definition.autostart = {
      coin(random), static_cast<int>(pick(random, 2001)) - 1000, Milliseconds(pick(random, 9'000)), {}};
  if (coin(random)) definition.autostart.startAfter = {"db", "cache"};
  definition.restart = {static_cast<RestartPolicy>(pick(random, 3)), Milliseconds(100 + pick(random, 1'000)),
                        Milliseconds(2'000 + pick(random, 1'000)), 1 + static_cast<unsigned>(pick(random, 1000)),
                        Milliseconds(100 + pick(random, 10'000))};
  definition.stop = {Milliseconds(1'000 + pick(random, 3'599'000)), coin(random),
                     static_cast<OnHostShutdown>(pick(random, 2))};
  const std::array<Sign, 4> kSigns{RunnerSign{}, ConsoleSign{"login"}, TcpSign{"127.0.0.1:1"},
                                   HttpSign{"http://[::1]/"}};
  for (const Sign& sign : kSigns) {
    if (coin(random)) definition.readiness.push_back(randomProbe(random, sign));
  }
}

Definition randomDefinition(Random& random) {
  Definition definition;
  definition.name = "vm-" + std::to_string(random());
  for (std::uint64_t i = pick(random, 5); i > 0; --i)
    definition.labels["k/" + std::to_string(random())] = "v";
  definition.runner = static_cast<RunnerKind>(pick(random, 4));
  definition.cpus = 1 + static_cast<unsigned>(pick(random, 256));
  definition.memory = (64 + pick(random, 1024 * 1024 - 64)) * kMiB;
  LinuxBoot boot;
  boot.kernel = randomPath(random);
  if (coin(random)) boot.initrd = randomPath(random);
  for (std::uint64_t i = pick(random, 40); i > 0; --i)
    boot.cmdline.push_back(randomText(random, 8));
  definition.boot = std::move(boot);
  if (pick(random, 4) == 0) definition.boot = EfiBoot{coin(random) ? "" : "/e/vars"};
  addDevices(random, definition);
  addPolicies(random, definition);
  definition.console = {64 * kKiB + pick(random, kGiB - 64 * kKiB), 1 + static_cast<unsigned>(pick(random, 100))};
  definition.logLevel = static_cast<RunnerLogLevel>(pick(random, 3));
  return definition;
}

}  // namespace

TEST_CASE("the smallest definition gets the defaults") {
  Definition expected;
  expected.name = "web";
  expected.boot = LinuxBoot{"/k", {}, {}};

  const auto definition = definitionFromJson(parseJson(kSmallest).value());

  REQUIRE(definition.has_value());
  CHECK(*definition == expected);
}

TEST_CASE("every member is read") {
  Definition expected;
  expected.name = "web";
  expected.labels = {{"team", "infra"}};
  expected.runner = RunnerKind::Qemu;
  expected.cpus = 2;
  expected.memory = kGiB;
  expected.boot = LinuxBoot{"/boot/Image", "/boot/initrd", {"root=/dev/vda", "rw"}};
  expected.volumes = {
      {ImageFile{"/i/root.img", 8 * kGiB, true, "ext4", "root", {"-m", "0"}}, "/", false, "root", VolumeBus::Virtio},
      {ImageFile{"/i/data.img", kMiB, false, "", "", {}}, "", false, "", VolumeBus::Usb},
      {NbdExport{"nbd://host:10809/export", Milliseconds(3000), NbdSync::None}, "", false, "data", VolumeBus::Virtio},
      {BlockDevice{"/dev/disk4"}, "", true, "", VolumeBus::Nvme}};
  expected.shares = {{"src", "/home/me/src", "/src", true}};
  expected.interfaces = {{InterfaceType::Nat, "02:00:00:01:01:0a", ""}, {InterfaceType::Unixgram, "", "/run/net.sock"}};
  expected.vsock = {{22, VsockDirection::Connect, ""}, {8888, VsockDirection::Listen, "/run/n.sock"}};
  expected.graphics = {true, 1920, 1200};
  expected.rosetta = {true, "ros", "/ros", true, true};
  expected.balloon = expected.nested = true;
  expected.timesync = Timesync{1234};
  expected.cloudInit = CloudInit{"/c/user-data", "/c/meta-data", "/c/network-config"};
  expected.ignition = "/c/config.ign";
  expected.extraArgs = {"--pidfile", "/p"};
  expected.autostart = {true, -5, Milliseconds(2000), {"db"}};
  expected.restart = {RestartPolicy::OnFailure, Milliseconds(2000), Milliseconds(30'000), 3, Milliseconds(300'000)};
  expected.readiness = {Probe(ConsoleSign{"login:"})};
  expected.console = {kMiB, 2};
  expected.stop = {Milliseconds(90'000), false, OnHostShutdown::Leave};
  expected.logLevel = RunnerLogLevel::Debug;

  const auto definition = definitionFromJson(parseJson(kFull).value());

  REQUIRE(definition.has_value());
  CHECK(*definition == expected);
}

TEST_CASE("any definition is read back as it was written") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const Definition definition = randomDefinition(random);

    const auto again = definitionFromJson(parseJson(definitionToJson(definition).dump()).value());

    REQUIRE(again.has_value());
    CHECK(*again == definition);
  }
}

TEST_CASE("what is written says the defaults too") {
  Definition definition;
  definition.name = "web";
  definition.boot = LinuxBoot{"/k", {}, {}};

  CHECK(definitionToJson(definition).dump() ==
        R"({"metadata":{"name":"web","labels":{},"protect":false},"spec":{"runner":"auto","cpus":1,"memory":"512MiB",)"
        R"("boot":{"linux":{"kernel":"/k","cmdline":[]}},"volumes":[],"shares":[],"interfaces":[],"vsock":[],)"
        R"("console":{"size":"8MiB","keep":4},"graphics":{"enable":false,"width":1280,"height":800},)"
        R"("rosetta":{"enable":false,"mountTag":"rosetta","mountPoint":"/run/rosetta","install":false,)"
        R"("ignoreIfMissing":false},"balloon":false,"nested":false,"logLevel":"info","extraArgs":[],)"
        R"("autostart":{"enable":false,"priority":0,"delay":"0s","startAfter":[]},)"
        R"("restart":{"policy":"no","backoff":"1s","maxBackoff":"1m","giveUpAfter":5,"within":"10m"},)"
        R"("stop":{"timeout":"30s","escalate":true,"onHostShutdown":"stop"},"readiness":{"runner":true}}})");
}

TEST_CASE("memory without a unit is refused, as a number and as text") {
  CHECK(
      errorsWith(R"("memory":512)") ==
      std::vector<FieldError>{{"/spec/memory", "512 has no unit; write the memory with one, such as 512MiB or 2GiB"}});
  CHECK(errorsWith(R"("memory":"536870912")").size() == 1);
  CHECK(errorsWith(R"("memory":"512MB")").size() == 1);
}

TEST_CASE("an empty object names what is required, once each") {
  CHECK(errorsOf("{}") == std::vector<FieldError>{{"/metadata", "is required"}, {"/spec", "is required"}});
  CHECK(errorsOf(R"({"metadata":{},"spec":{}})") ==
        std::vector<FieldError>{{"/metadata/name", "is required"},
                                {"/spec/boot", "is required; give linux, with a kernel, or efi"}});
}

TEST_CASE("what is no object is one error") {
  CHECK(errorsOf("[]").size() == 1);
}

TEST_CASE("autostart may be a word instead of an object") {
  const auto json = parseJson(R"({"metadata":{"name":"web"},"spec":{"boot":{"efi":{}},"autostart":true}})").value();

  const auto definition = definitionFromJson(json);

  REQUIRE(definition.has_value());
  CHECK(definition->autostart.enable);
  CHECK(definition->boot == Boot(EfiBoot{}));
}

TEST_CASE("what autostart may be is told when it is something else") {
  const std::string what = "must be true, false or an object such as { enable: true, priority: 10 }";
  CHECK(errorsWith(R"("autostart":"maybe")") == std::vector<FieldError>{{"/spec/autostart", what}});
  CHECK(errorsWith(R"("autostart":null)") == std::vector<FieldError>{{"/spec/autostart", what}});
}

TEST_CASE("a number that cannot be is told the range that counts") {
  const auto said = [](const std::string& member) {
    const auto errors = errorsWith(member);
    REQUIRE(errors.size() == 1);
    return errors[0].pointer + " " + errors[0].detail;
  };

  CHECK(said(R"("cpus":-1)") == "/spec/cpus -1 is out of range; write a whole number from 1 to 256");
  CHECK(said(R"("cpus":1e30)") == "/spec/cpus 1e+30 is out of range; write a whole number from 1 to 256");
  CHECK(said(R"("restart":{"giveUpAfter":-1})") ==
        "/spec/restart/giveUpAfter -1 is out of range; write a whole number from 1 to 1000");
  CHECK(said(R"("volumes":[{"image":"/a","size":-1}])") ==
        "/spec/volumes/0/size -1 is out of range; give 1MiB to 64TiB");
  CHECK(said(R"("stop":{"timeout":"99999999h"})") ==
        "/spec/stop/timeout \"99999999h\" is too long; at most 1000000h are taken");
}

TEST_CASE("a size beyond all numbers is told the largest") {
  const auto said = [](const std::string& size) {
    const auto errors = errorsWith(R"("volumes":[{"image":"/a","size":)" + size + "}]");
    REQUIRE(errors.size() == 1);
    return errors[0].pointer + " " + errors[0].detail;
  };

  CHECK(said("18446744073709551616") == "/spec/volumes/0/size is too large; at most 64TiB are taken");
  CHECK(said(R"("18446744073709551616")") ==
        "/spec/volumes/0/size \"18446744073709551616\" is too large; at most 64TiB are taken");
  CHECK(said(R"("99999999TiB")") == "/spec/volumes/0/size \"99999999TiB\" is too large; at most 64TiB are taken");
  CHECK(said("1.5").find("fraction") != std::string::npos);
  CHECK(errorsWith(R"("console":{"size":1e30})") ==
        std::vector<FieldError>{{"/spec/console/size", "is too large; at most 1GiB are taken"}});
  CHECK(errorsWith(R"("memory":"99999999TiB")") ==
        std::vector<FieldError>{{"/spec/memory", "\"99999999TiB\" is more than any size can be"}});
}

TEST_CASE("a VM boots one thing") {
  const auto refused = [](const std::string& boot) {
    return errorsOf(R"({"metadata":{"name":"web"},"spec":{"boot":)" + boot + "}}");
  };

  const std::string nothing = "names nothing to boot; give linux, with a kernel, or efi";
  CHECK(refused("{}") == std::vector<FieldError>{{"/spec/boot", nothing}});
  CHECK(
      refused(R"({"linx":{}})") ==
      std::vector<FieldError>{{"/spec/boot", nothing},
                              {"/spec/boot/linx", "\"linx\" is not a member that is known here; did you mean linux?"}});
  CHECK(refused("null") ==
        std::vector<FieldError>{{"/spec/boot", "is required, and null is nothing; give linux, with a kernel, or efi"}});
  CHECK(refused(R"({"macos":{}})").size() == 1);
  CHECK(refused("3") == std::vector<FieldError>{{"/spec/boot", "must be an object, not a whole number"}});
  CHECK(refused(R"({"linux":{"kernel":"/k"},"efi":{}})") ==
        std::vector<FieldError>{{"/spec/boot/efi", "stands beside linux; a VM boots one of them"}});
}

TEST_CASE("a volume has one source, and only its members") {
  using Errors = std::vector<FieldError>;
  CHECK(errorsWith(R"("volumes":[{}])") ==
        Errors{{"/spec/volumes/0/image", "is required, unless the volume has device or nbd"}});
  CHECK(errorsWith(R"("volumes":[{"image":"/a","nbd":"nbd://a"}])") ==
        Errors{{"/spec/volumes/0/nbd", "stands beside image; a volume has one source"}});
  CHECK(errorsWith(R"("volumes":[{"device":"/dev/a","size":"1GiB"},{"image":"/a","sync":"full"}])") ==
        Errors{{"/spec/volumes/0/size", "is for volumes with image, and this one has device"},
               {"/spec/volumes/1/sync", "is for volumes with nbd, and this one has image"}});
}

TEST_CASE("readiness names a sign that is known") {
  using Errors = std::vector<FieldError>;
  CHECK(errorsWith(R"("readiness":{})") ==
        Errors{{"/spec/readiness/runner", "or console, vsock, tcp or http is required; or leave readiness out"}});
  CHECK(errorsWith(R"("readiness":{"console":"a","ssh":22})").front().pointer == "/spec/readiness/ssh");
  CHECK(errorsWith(R"("readiness":{"runner":false})") ==
        Errors{{"/spec/readiness/runner",
                "must be true, or an object such as { interval: 10s } to have the runner asked again"}});
  CHECK(errorsWith(R"("readiness":{"http":{"interval":"1s"}})").front() ==
        FieldError{"/spec/readiness/http/url", "is required"});
  CHECK(errorsWith(R"("readiness":{"vsock":{}})").front() == FieldError{"/spec/readiness/vsock/port", "is required"});
  CHECK(errorsWith(R"("readiness":{"tcp":{"address":"127.0.0.1:1","onFailure":"weep"}})").size() == 1);
  CHECK(errorsWith(R"("readiness":{"console":{"pattern":"a"}})").front().pointer == "/spec/readiness/console");
}

TEST_CASE("problems of form and of value come together") {
  const auto errors = errorsOf(
      R"({"metadata":{"name":"W"},"spec":{"cpus":0,"memory":"x","boot":{"linux":{"kernel":3,"cmdLine":[]}},
          "volumes":[{"image":"rel"},{"size":true}],"stop":{"timeout":"5"},"interfaces":[{}]}})");

  std::vector<std::string> pointers;
  for (const FieldError& error : errors)
    pointers.push_back(error.pointer);
  CHECK(pointers == std::vector<std::string>{"/spec/cpus", "/spec/memory", "/spec/boot/linux/kernel",
                                             "/spec/boot/linux/cmdLine", "/spec/volumes/1/image",
                                             "/spec/volumes/1/size", "/spec/interfaces/0/type", "/spec/stop/timeout",
                                             "/metadata/name", "/spec/volumes/0/image"});
}
