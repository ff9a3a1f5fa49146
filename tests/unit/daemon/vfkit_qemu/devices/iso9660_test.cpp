#include "daemon/vfkit_qemu/devices/iso9660.hpp"

#include <doctest/doctest.h>

using namespace microvm::vfkit_qemu;

namespace {

constexpr std::size_t kSector = 2048;

std::uint32_t numberAt(const std::string& image, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(image[at + i]);
  return value;
}

/// The record of a name in the only folder; where it begins in the image.
std::size_t recordOf(const std::string& image, const std::string& name) {
  const std::size_t folder = 20 * kSector;
  for (std::size_t at = folder; image[at] != 0; at += static_cast<unsigned char>(image[at]))
    if (image.substr(at, static_cast<unsigned char>(image[at])).find("\x01" + std::string(1, '\0') + name) !=
        std::string::npos)
      return at;
  FAIL("no record of " << name);
  return 0;
}

}  // namespace

TEST_CASE("the volume has its name and its size") {
  const std::string image = isoImage("cidata", {{"user-data", "#cloud-config\n"}});

  CHECK(image.size() == 22 * kSector);
  CHECK(image.substr(16 * kSector, 7) == std::string("\x01"
                                                     "CD001\x01",
                                                     7));
  CHECK(image.substr(16 * kSector + 40, 32) == "cidata                          ");
  CHECK(numberAt(image, 16 * kSector + 80) == 22);
  CHECK(image.substr(17 * kSector, 6) ==
        "\xff"
        "CD001");
}

TEST_CASE("a file is found by its own name with its own bytes") {
  const std::string large(5000, 'x');
  const std::string image = isoImage("cidata", {{"user-data", large}, {"empty", ""}, {"meta-data", "id: 1\n"}});

  const auto large_at = recordOf(image, "user-data");
  CHECK(numberAt(image, large_at + 10) == large.size());
  CHECK(image.substr(numberAt(image, large_at + 2) * kSector, large.size()) == large);
  const auto small_at = recordOf(image, "meta-data");
  CHECK(image.substr(numberAt(image, small_at + 2) * kSector, 6) == "id: 1\n");
  CHECK(numberAt(image, recordOf(image, "empty") + 10) == 0);
  CHECK(image.size() % kSector == 0);
}

TEST_CASE("the same files give the same image") {
  CHECK(isoImage("a", {{"b", "c"}}) == isoImage("a", {{"b", "c"}}));
}
