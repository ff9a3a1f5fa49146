// What the encoder writes is what the parser, which reads as vfkit does, understands.
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/domain/definition/mac.hpp"
#include "daemon/runner/vfkit/command_line_parser.hpp"
#include "daemon/runner/vfkit/encoder/encoder.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;

namespace {

namespace fs = std::filesystem;
using Random = std::mt19937_64;

constexpr std::uint64_t kImages = 40;

/// MICROVM_ROUNDS, for the bench.
std::uint64_t rounds() {
  const char* wanted = std::getenv("MICROVM_ROUNDS");
  return wanted == nullptr ? 2'000 : std::strtoull(wanted, nullptr, 10);
}

std::uint64_t below(Random& random, std::uint64_t bound) {
  return random() % bound;
}

bool coin(Random& random) {
  return below(random, 2) == 0;
}

std::string odd(Random& random) {
  static const std::array<std::string, 14> kPieces{"a", " ", "=", "\"", "'",        "\\", "%",
                                                   "?", "#", "-", ",",  "\xc3\xa9", "$x", ";"};
  std::string text;
  for (std::uint64_t i = 1 + below(random, 8); i > 0; --i)
    text += kPieces[below(random, kPieces.size())];
  return text;
}

std::string withoutCommas(std::string text) {
  std::erase(text, ',');
  return text + "t";
}

/// A folder with images of odd names, which the parser reads the first bytes of, and a run folder whose links lead to
/// them, whatever they should lead to.
class Files {
public:
  Files() {
    fs::create_directories(folder_ / "run/links");
    Random random(1);
    for (std::uint64_t i = 0; i < kImages; ++i) {
      images_.push_back(folder_ / (odd(random) + std::to_string(i)));
      std::ofstream(images_.back()) << "raw image";
      const fs::path link = folder_ / "run/links" / ("volume-" + std::to_string(i));
      fs::create_symlink(images_.front(), link);
    }
  }

  [[nodiscard]] std::string image(Random& random) const { return images_[below(random, images_.size())]; }
  [[nodiscard]] std::string runFolder() const { return folder_ / "run"; }

private:
  test::TempDir place_;
  fs::path folder_ = place_.path();
  std::vector<std::string> images_;
};

Volume randomVolume(Random& random, const Files& files) {
  Volume volume;
  volume.readOnly = coin(random);
  if (coin(random)) volume.serial = "serial-" + std::to_string(below(random, 1000));
  const std::uint64_t kind = below(random, 4);
  if (kind == 0) {
    volume.source = NbdExport{"nbd://h/" + withoutCommas(odd(random)), Milliseconds(1 + below(random, 30'000)),
                              coin(random) ? NbdSync::None : NbdSync::Full};
    return volume;
  }
  volume.source = ImageFile{files.image(random), {}, false, "", "", {}};
  volume.bus = static_cast<VolumeBus>(below(random, 3));
  if (volume.bus != VolumeBus::Virtio) volume.serial.clear();
  // A block device is not opened on the other buses.
  if (kind == 1 && volume.bus != VolumeBus::Virtio) volume.source = BlockDevice{"/dev/" + odd(random) + "/disk1"};
  return volume;
}

void addDevices(Random& random, const Files& files, Definition& definition) {
  for (std::uint64_t i = below(random, 5); i > 0; --i)
    definition.volumes.push_back(randomVolume(random, files));
  for (std::uint64_t i = below(random, 4); i > 0; --i)
    definition.shares.push_back({withoutCommas(odd(random)), "/s" + odd(random), "", false});
  for (std::uint64_t i = below(random, 3); i > 0; --i) {
    const std::string mac = makeMac({0, 1, 2, 3, 4, static_cast<std::uint8_t>(i)});
    const auto type = static_cast<InterfaceType>(below(random, 3));
    Interface interface {
      type, mac, "", {}
    };
    if (type == InterfaceType::Unixgram) interface.path = "/" + odd(random) + "/net.sock";
    if (type == InterfaceType::Fd) interface.helper = {"/h" + odd(random), odd(random)};
    definition.interfaces.push_back(std::move(interface));
  }
  for (std::uint64_t i = below(random, 3); i > 0; --i) {
    definition.vsock.push_back({static_cast<std::uint32_t>(i), static_cast<VsockDirection>(below(random, 2)),
                                coin(random) ? "" : "/" + odd(random) + "/" + std::to_string(i)});
  }
  definition.graphics = {coin(random), 64 + static_cast<unsigned>(below(random, 4'000)), 64};
  definition.rosetta = {coin(random), withoutCommas(odd(random)), "", coin(random), coin(random)};
  definition.balloon = coin(random);
}

Definition randomDefinition(Random& random, const Files& files) {
  Definition definition;
  definition.cpus = 1 + static_cast<unsigned>(below(random, 256));
  definition.memory = (64 + below(random, 4096)) * kMiB;
  definition.boot = LinuxBoot{"/k," + odd(random), "/i," + odd(random), {"-x", odd(random) + ",y", "\"" + odd(random)}};
  if (below(random, 4) == 0) definition.boot = EfiBoot{"/" + odd(random) + "/efi.vars"};
  addDevices(random, files, definition);
  definition.nested = coin(random);
  if (coin(random)) definition.timesync = Timesync{1 + static_cast<std::uint32_t>(below(random, 5'000))};
  if (coin(random)) definition.ignition = "/" + odd(random);
  if (coin(random)) definition.cloudInit = CloudInit{"/" + odd(random), "/" + odd(random) + "/meta-data", {}};
  return definition;
}

/// What has been parsed, device by device, with the links undone.
class Reading {
public:
  Reading(const vfkit::Options& options, const EncodedCommand& command) : options_(options), command_(command) {}

  [[nodiscard]] std::string meant(const std::string& path) const {
    for (const Link& link : command_.links) {
      if (path == link.path) return link.target;
      if (path.starts_with(link.path + "/")) {
        return (link.target == "/" ? "" : link.target) + path.substr(link.path.size());
      }
    }
    return path;
  }
  template <class T>
  const T& next() {
    REQUIRE(at_ < options_.devices.size());
    const auto* device = std::get_if<T>(&options_.devices[at_++]);
    REQUIRE(device != nullptr);
    return *device;
  }
  [[nodiscard]] bool isDone() const { return at_ == options_.devices.size(); }

private:
  const vfkit::Options& options_;
  const EncodedCommand& command_;
  std::size_t at_ = 0;
};

void checkVolume(const Volume& volume, std::size_t index, Reading& reading) {
  if (const auto* nbd = std::get_if<NbdExport>(&volume.source)) {
    const auto& parsed = reading.next<vfkit::Nbd>();
    CHECK(parsed.uri == nbd->uri);
    CHECK(parsed.timeoutMs == nbd->timeout.count());
    CHECK(parsed.sync == (nbd->sync == NbdSync::None ? "none" : "full"));
    CHECK(parsed.readOnly == volume.readOnly);
    CHECK(parsed.deviceId == (volume.serial.empty() ? "nbd" + std::to_string(index) : volume.serial));
    return;
  }
  const auto& disk = reading.next<vfkit::Disk>();
  const auto* image = std::get_if<ImageFile>(&volume.source);
  CHECK(reading.meant(disk.path) == (image != nullptr ? image->path : std::get<BlockDevice>(volume.source).path));
  CHECK(disk.type == (image != nullptr ? "" : "dev"));
  CHECK(static_cast<int>(disk.bus) == static_cast<int>(volume.bus));
  CHECK(disk.deviceId == volume.serial);
  CHECK(disk.readOnly == volume.readOnly);
}

vfkit::NetKind kindOf(InterfaceType type) {
  if (type == InterfaceType::Fd) return vfkit::NetKind::Descriptor;
  return type == InterfaceType::Nat ? vfkit::NetKind::Nat : vfkit::NetKind::UnixSocket;
}

void checkConnections(const Definition& definition, const Files& files, Reading& reading) {
  for (const Share& share : definition.shares) {
    const auto& parsed = reading.next<vfkit::Share>();
    CHECK(reading.meant(parsed.folder) == share.source);
    CHECK(parsed.tag == share.tag);
  }
  for (std::size_t i = 0; i < definition.interfaces.size(); ++i) {
    const Interface& interface = definition.interfaces[i];
    const auto& net = reading.next<vfkit::Net>();
    CHECK(net.kind == kindOf(interface.type));
    if (interface.type == InterfaceType::Fd) CHECK(net.descriptor == interfaceDescriptor(i));
    CHECK(reading.meant(net.socketPath) == interface.path);
    CHECK(net.mac == interface.mac);
  }
  for (const VsockPort& port : definition.vsock) {
    const auto& parsed = reading.next<vfkit::Vsock>();
    CHECK(parsed.port == port.port);
    CHECK(parsed.listen == (port.direction == VsockDirection::Listen));
    CHECK(reading.meant(parsed.socketUrl) == vsockSocketOf(port, files.runFolder()));
  }
}

void checkDevices(const Definition& definition, const Files& files, Reading& reading) {
  reading.next<vfkit::Rng>();
  reading.next<vfkit::Serial>();
  for (std::size_t i = 0; i < definition.volumes.size(); ++i)
    checkVolume(definition.volumes[i], i, reading);
  checkConnections(definition, files, reading);
  if (definition.graphics.enable) {
    const auto& gpu = reading.next<vfkit::Gpu>();
    CHECK(gpu.width == static_cast<int>(definition.graphics.width));
    CHECK(gpu.height == static_cast<int>(definition.graphics.height));
    CHECK(reading.next<vfkit::Input>().kind == "keyboard");
    CHECK(reading.next<vfkit::Input>().kind == "pointing");
  }
  if (definition.rosetta.enable) {
    const auto& rosetta = reading.next<vfkit::Rosetta>();
    CHECK(rosetta.tag == definition.rosetta.mountTag);
    CHECK(rosetta.install == definition.rosetta.install);
    CHECK(rosetta.ignoreIfMissing == definition.rosetta.ignoreIfMissing);
  }
  if (definition.balloon) reading.next<vfkit::Balloon>();
  CHECK(reading.isDone());
}

void checkBoot(const Definition& definition, const vfkit::Options& options, const Reading& reading) {
  if (const auto* wanted = std::get_if<LinuxBoot>(&definition.boot)) {
    const auto& boot = std::get<vfkit::LinuxBoot>(options.bootloader);
    CHECK(boot.kernel == wanted->kernel);
    CHECK(boot.initrd == wanted->initrd);
    CHECK(boot.cmdline == kernelCommandLine(*wanted, definition.graphics));
  } else {
    const auto& boot = std::get<vfkit::EfiBoot>(options.bootloader);
    CHECK(reading.meant(boot.variableStore) == std::get<EfiBoot>(definition.boot).variableStore);
    CHECK(boot.create);
  }
}

void checkSwitches(const Definition& definition, const vfkit::Options& options, const Reading& reading) {
  CHECK(options.gui == definition.graphics.enable);
  CHECK(options.nested == definition.nested);
  CHECK(options.timesyncPort.value_or(0) == (definition.timesync ? definition.timesync->vsockPort : 0));
  CHECK(reading.meant(options.ignition) == definition.ignition.value_or(""));
  REQUIRE(options.cloudInit.size() == (definition.cloudInit ? 2 : 0));
  if (!definition.cloudInit) return;
  CHECK(fs::path(options.cloudInit[0]).filename() == "user-data");
  CHECK(reading.meant(options.cloudInit[0]) == *definition.cloudInit->userData);
  CHECK(fs::path(options.cloudInit[1]).filename() == "meta-data");
  CHECK(reading.meant(options.cloudInit[1]) == *definition.cloudInit->metaData);
}

}  // namespace

TEST_CASE("every command line that is written is read back as it was meant") {
  const Files files;
  EncodeOptions encode;
  encode.program = "/bin/vfkit";
  encode.runFolder = files.runFolder();
  encode.socketPath = "/run/50%? #x/vfkit.sock";
  for (std::uint64_t seed = 0; seed < rounds(); ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const Definition definition = randomDefinition(random, files);
    const auto command = encodeCommandLine(definition, encode);
    REQUIRE(command.has_value());

    const auto options = vfkit::parseCommandLine(std::span(command->words).subspan(1));

    REQUIRE(options.has_value());
    CHECK(options->cpus == definition.cpus);
    CHECK(options->memoryMiB == definition.memory / kMiB);
    CHECK(options->rest.path == encode.socketPath);
    Reading reading(*options, *command);
    checkBoot(definition, *options, reading);
    checkDevices(definition, files, reading);
    checkSwitches(definition, *options, reading);
  }
}
