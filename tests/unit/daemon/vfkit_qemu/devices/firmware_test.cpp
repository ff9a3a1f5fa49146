#include "daemon/vfkit_qemu/devices/firmware.hpp"

#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;

namespace {

/// Two firmwares, the first not installed whole.
struct Installed {
  Installed() {
    folder.write("half.code", "code");
    places = {{folder / "half.code", folder / "half.vars"},
              {folder.write("large.code", "code"), folder.write("large.vars", "fresh large variables")},
              {folder.write("small.code", "code"), folder.write("small.vars", "fresh small")}};
  }

  [[nodiscard]] std::string why(const std::string& store, bool create) const {
    const auto firmware = prepareFirmware({store, create}, places);
    return firmware ? "" : firmware.error().detail;
  }

  test::TempDir folder;
  std::vector<FirmwarePlace> places;
};

}  // namespace

TEST_CASE("a variable store is created from the first firmware that is whole, also over an old one") {
  const Installed installed;
  const auto store = installed.folder.write("store", "old");

  const auto firmware = prepareFirmware({store, true}, installed.places);

  REQUIRE_MESSAGE(firmware, firmware.error().detail);
  CHECK(firmware->code == installed.folder / "large.code");
  CHECK(firmware->variables == store);
  CHECK(test::readText(store) == "fresh large variables");
}

TEST_CASE("a store that is there stays as it is and chooses the firmware that it belongs to") {
  const Installed installed;
  const auto store = installed.folder.write("store", "used  small");

  const auto firmware = prepareFirmware({store, false}, installed.places);

  REQUIRE_MESSAGE(firmware, firmware.error().detail);
  CHECK(firmware->code == installed.folder / "small.code");
  CHECK(test::readText(store) == "used  small");
}

TEST_CASE("a store that cannot be used is named with what is wrong with it") {
  const Installed installed;
  const auto foreign = installed.folder.write("foreign", "another's");

  CHECK(installed.why("", false) == "the efi bootloader has no variable store");
  CHECK(installed.why(installed.folder / "none", false) ==
        "the EFI variable store " + installed.folder / "none" + " is not there or cannot be read");
  CHECK(installed.why(foreign, false) == "the EFI variable store " + foreign + " has 9 bytes, and that of " +
                                             installed.folder / "large.code" + " has 21: it is another firmware's");
  CHECK(
      installed.why("/nonexistent/store", true).starts_with("cannot create the EFI variable store /nonexistent/store"));
}

TEST_CASE("a host without firmware is told which it needs") {
  const auto firmware = prepareFirmware({"/store", true}, {{"/nonexistent/code", "/nonexistent/vars"}});

  REQUIRE_FALSE(firmware);
  CHECK(firmware.error().code == Errc::RunnerMissing);
  CHECK(firmware.error().detail == "the efi bootloader needs UEFI firmware, and there is no /nonexistent/code");
  CHECK_FALSE(firmware.error().hint.empty());
}

TEST_CASE("each architecture has places of its own") {
  CHECK(firmwarePlaces(Architecture::Amd64).front().code.find("OVMF") != std::string::npos);
  CHECK(firmwarePlaces(Architecture::Arm64).front().code.find("AAVMF") != std::string::npos);
}
