#include "daemon/vfkit_qemu/devices/cloud_init.hpp"

#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/temp_dir.hpp"
#include "tests/unit/daemon/vfkit_qemu/devices/variable.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("without files there is no seed") {
  const auto seed = SeedImage::make({});

  REQUIRE(seed);
  CHECK(seed->path().empty());
}

TEST_CASE("a seed has what was given, what is needed, and nothing else") {
  const test::TempDir folder;
  const test::Variable temporary("TMPDIR", folder.path());
  const auto user = folder.write("in/user-data", "#cloud-config\nhostname: web\n");
  const auto other = folder.write("in/vendor-data", "not for the seed");
  std::string path;
  {
    const auto seed = SeedImage::make({other, "", user});

    REQUIRE_MESSAGE(seed, seed.error().detail);
    path = seed->path();
    CHECK(path.starts_with(folder / ("vfkit-cloudinit/vfkit-cloudinit-" + std::to_string(::getpid()) + "-")));
    const std::string image = test::readText(path);
    CHECK(contains(image, "hostname: web"));
    CHECK(contains(image, "meta-data"));
    CHECK_FALSE(contains(image, "network-config"));
    CHECK_FALSE(contains(image, "not for the seed"));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a seed without user-data and meta-data is refused, as is a file that cannot be read") {
  const test::TempDir folder;
  const auto network = folder.write("network-config", "version: 2\n");

  CHECK(SeedImage::make({network}).error().detail == "cloud-init needs user-data and meta-data files to work");
  CHECK(SeedImage::make({folder / "user-data"}).error().detail.find("no such file or directory") != std::string::npos);
}

TEST_CASE("the images of runners that were killed are removed, whether there is a seed or not") {
  const test::TempDir folder;
  const test::Variable temporary("TMPDIR", folder.path());
  // No process has a pid as high as this.
  const std::string orphan = folder / "vfkit-cloudinit/vfkit-cloudinit-99999999-abc.iso";
  const auto ours = folder.write("vfkit-cloudinit/vfkit-cloudinit-" + std::to_string(::getpid()) + "-abc.iso", "x");
  const auto foreign = folder.write("vfkit-cloudinit/other", "x");

  using Files = std::vector<std::string>;
  for (const Files& files : {Files{}, Files{folder.write("in/meta-data", "")}}) {
    folder.write("vfkit-cloudinit/vfkit-cloudinit-99999999-abc.iso", "x");
    const auto seed = SeedImage::make(files);

    REQUIRE(seed);
    CHECK_FALSE(std::filesystem::exists(orphan));
    CHECK(std::filesystem::exists(ours));
    CHECK(std::filesystem::exists(foreign));
  }
}
