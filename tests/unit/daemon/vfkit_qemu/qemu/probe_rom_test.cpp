#include "daemon/vfkit_qemu/qemu/probe_rom.hpp"

#include <doctest/doctest.h>

using namespace microvm::vfkit_qemu;

TEST_CASE("the image for amd64 ends at the reset vector with a jump to its code") {
  const std::string image = probeRom(Architecture::Amd64);

  REQUIRE(image.size() == 64 * 1024);
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(image[at]); };
  CHECK(byte(0xfff0) == 0xe9);
  const std::size_t distance = byte(0xfff1) | static_cast<std::size_t>(byte(0xfff2)) << 8;
  CHECK(((0xfff3 + distance) & 0xffff) == 0xfe00);
  CHECK(byte(0xfe00) == 0xfa);
  CHECK(image.substr(0, 0xfe00).find_first_not_of('\0') == std::string::npos);
}

TEST_CASE("the image for arm64 is whole instructions") {
  const std::string image = probeRom(Architecture::Arm64);

  CHECK_FALSE(image.empty());
  CHECK(image.size() % 4 == 0);
}

TEST_CASE("the guest of the probe says that it came to its end by QEMU's exit code") {
  CHECK(probeExitCode(Architecture::Amd64) == 0x10 * 2 + 1);
  CHECK(probeExitCode(Architecture::Arm64) == 0);
}

TEST_CASE("the probe has what it needs to say so, and little memory") {
  using Words = std::vector<std::string>;

  CHECK(probeArguments(Architecture::Amd64, "/rom") ==
        Words{"-m", "16", "-bios", "/rom", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"});
  CHECK(probeArguments(Architecture::Arm64, "/rom") == Words{"-m", "16", "-bios", "/rom"});
}
