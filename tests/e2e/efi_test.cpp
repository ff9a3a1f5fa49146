// A disk image that firmware boots.
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/direct_guest/direct_guest.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm::test;

namespace {

struct Loader {
  std::string program;
  std::string target;
};

Loader loader() {
  const std::string folder = "/usr/lib/systemd/boot/efi/";
  for (const Loader& one : {Loader{folder + "systemd-bootx64.efi", "::/EFI/BOOT/BOOTX64.EFI"},
                            Loader{folder + "systemd-bootaa64.efi", "::/EFI/BOOT/BOOTAA64.EFI"}})
    if (std::filesystem::exists(one.program)) return one;
  throw std::runtime_error("there is no systemd-boot in " + folder + "; packaging/bootstrap test installs it");
}

void mtool(const std::string& name, const Words& words) {
  const auto ended = runProgram("/usr/bin/" + name, words, {{"MTOOLS_SKIP_CHECK=1"}, {}});
  if (ended.code != 0) throw std::runtime_error(name + " failed: " + ended.err);
}

/// A FAT file system with systemd-boot, the guest's kernel and its initrd.
std::string bootableImage(const TempDir& folder) {
  const auto image = folder.write("efi.img", "");
  std::filesystem::resize_file(image, 32 * 1024 * 1024);
  const auto [program, target] = loader();
  const auto settings = folder.write("loader.conf", "timeout 0\n");
  const auto entry = folder.write(
      "guest.conf", "title guest\nlinux /kernel\ninitrd /initrd\noptions " + readText(guestFile("cmdline")) + "\n");
  mtool("mformat", {"-i", image, "::"});
  mtool("mmd", {"-i", image, "::/EFI", "::/EFI/BOOT", "::/loader", "::/loader/entries"});
  for (const auto& [from, to] : {std::pair(program, target), std::pair(settings, std::string("::/loader/loader.conf")),
                                 std::pair(entry, std::string("::/loader/entries/guest.conf")),
                                 std::pair(guestFile("kernel.efi"), std::string("::/kernel")),
                                 std::pair(guestFile("initrd"), std::string("::/initrd"))})
    mtool("mcopy", {"-i", image, from, to});
  return image;
}

}  // namespace

TEST_CASE("firmware boots a disk image and keeps its variables over the boot") {
  const TempDir folder;
  const auto disk = "virtio-blk,path=" + bootableImage(folder);
  const auto store = folder / "variables";
  {
    DirectGuest guest({disk}, {}, {"--bootloader", "efi,variable-store=" + store + ",create"});
    CHECK(guest.run("cat /proc/cmdline").find("initrd=\\initrd") != std::string::npos);
    guest.run("modprobe efivarfs; mount -t efivarfs none /sys/firmware/efi/efivars");
    guest.run("printf '\\7\\0\\0\\0kept' >/sys/firmware/efi/efivars/Kept-12345678-1234-1234-1234-123456789abc; sync");
    CHECK(guest.stop().code == 0);
  }
  CHECK(readText(store).find("kept") != std::string::npos);

  DirectGuest guest({disk}, {}, {"--bootloader", "efi,variable-store=" + store});

  guest.run("modprobe efivarfs; mount -t efivarfs none /sys/firmware/efi/efivars");
  CHECK(guest.run("tail -c 4 /sys/firmware/efi/efivars/Kept-12345678-1234-1234-1234-123456789abc").find("kept") !=
        std::string::npos);
}
