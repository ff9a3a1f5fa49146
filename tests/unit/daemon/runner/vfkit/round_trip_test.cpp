// What the encoder writes is what the parser, which reads as vfkit does, understands.
#include <array>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/domain/definition/mac.hpp"
#include "daemon/runner/vfkit/command_line_parser.hpp"
#include "daemon/runner/vfkit/encoder.hpp"

using namespace microvm;

namespace {

namespace fs = std::filesystem;

/// A folder for images: the parser reads their first bytes.
class ImageFolder {
public:
  ImageFolder() : path_(fs::temp_directory_path() / ("microvm-round-trip-" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
  }
  ImageFolder(const ImageFolder&) = delete;
  ImageFolder& operator=(const ImageFolder&) = delete;
  ~ImageFolder() { fs::remove_all(path_); }

  [[nodiscard]] std::string image(const std::string& name) const {
    const std::string path = path_ / name;
    std::ofstream(path) << "raw image";
    return path;
  }

private:
  fs::path path_;
};

using Random = std::mt19937_64;

std::string odd(Random& random) {
  static const std::array<std::string, 12> kPieces{"a", " ", "=", "\"", "'",        "\\",
                                                   "%", "?", "#", "-",  "\xc3\xa9", "$x"};
  std::string text;
  for (std::uint64_t i = 1 + random() % 8; i > 0; --i)
    text += kPieces[random() % kPieces.size()];
  return text;
}

Definition randomDefinition(Random& random, const ImageFolder& images) {
  Definition definition;
  definition.cpus = 1 + static_cast<unsigned>(random() % 256);
  definition.memory = (64 + random() % 4096) * kMiB;
  definition.boot = LinuxBoot{"/k," + odd(random), "/i," + odd(random), {"-x", odd(random) + ",y", "\"" + odd(random)}};
  for (std::uint64_t i = random() % 4; i > 0; --i) {
    const std::string serial = random() % 2 == 0 ? "" : "serial-" + std::to_string(i);
    const ImageFile image{images.image(odd(random) + std::to_string(i)), {}, false, "", "", {}};
    definition.volumes.push_back({image, "", random() % 2 == 0, serial, VolumeBus::Virtio});
  }
  for (std::uint64_t i = random() % 4; i > 0; --i)
    definition.shares.push_back({odd(random) + "t", "/s" + odd(random), "", false});
  for (std::uint64_t i = random() % 3; i > 0; --i) {
    definition.interfaces.push_back({InterfaceType::Nat, makeMac({0, 1, 2, 3, 4, static_cast<std::uint8_t>(i)}), ""});
  }
  return definition;
}

void checkVolumes(const Definition& definition, const vfkit::Options& options) {
  std::size_t at = 2;
  for (const Volume& volume : definition.volumes) {
    const auto* disk = std::get_if<vfkit::Disk>(&options.devices.at(at++));
    REQUIRE(disk != nullptr);
    CHECK(disk->path == std::get<ImageFile>(volume.source).path);
    CHECK(disk->deviceId == volume.serial);
    CHECK(disk->readOnly == volume.readOnly);
  }
  for (const Share& share : definition.shares) {
    const auto* parsed = std::get_if<vfkit::Share>(&options.devices.at(at++));
    REQUIRE(parsed != nullptr);
    CHECK(parsed->folder == share.source);
    CHECK(parsed->tag == share.tag);
  }
  for (const Interface& interface : definition.interfaces) {
    const auto* net = std::get_if<vfkit::Net>(&options.devices.at(at++));
    REQUIRE(net != nullptr);
    CHECK(net->kind == vfkit::NetKind::Nat);
    CHECK(net->mac == interface.mac);
  }
  CHECK(options.devices.size() == at);
}

}  // namespace

TEST_CASE("every command line that is written is read back as it was meant") {
  const ImageFolder images;
  const EncodeOptions encode{"/bin/vfkit", "/run/50%? #x/vfkit.sock", "/empty"};
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const Definition definition = randomDefinition(random, images);
    const auto words = encodeCommandLine(definition, encode);
    REQUIRE(words.has_value());

    const auto options = vfkit::parseCommandLine(std::span(*words).subspan(1));

    REQUIRE(options.has_value());
    CHECK(options->cpus == definition.cpus);
    CHECK(options->memoryMiB == definition.memory / kMiB);
    CHECK(options->rest.path == encode.socketPath);
    const auto& boot = std::get<vfkit::LinuxBoot>(options->bootloader);
    const auto& wanted = std::get<LinuxBoot>(definition.boot);
    CHECK(boot.kernel == wanted.kernel);
    CHECK(boot.initrd == wanted.initrd);
    CHECK(boot.cmdline == kernelCommandLine(wanted));
    checkVolumes(definition, *options);
  }
}
