#include "daemon/domain/volume_rules.hpp"

#include <doctest/doctest.h>

#include "api/core/size.hpp"

using namespace microvm;

namespace {

std::vector<FieldError> errorsOf(std::vector<Volume> volumes) {
  std::vector<FieldError> errors;
  checkVolumes(volumes, LinuxBoot{"/k", {}, {}}, errors);
  return errors;
}

std::string onlyErrorOf(Volume volume) {
  const auto errors = errorsOf({std::move(volume)});
  REQUIRE(errors.size() == 1);
  return errors[0].pointer + " " + errors[0].detail;
}

Volume image(ImageFile file) {
  return {std::move(file), "", false, "", VolumeBus::Virtio};
}

}  // namespace

TEST_CASE("images, devices and exports are taken") {
  CHECK(errorsOf({{ImageFile{"/a.img"}, "/data", true, "a-1", VolumeBus::Virtio},
                  {BlockDevice{"/dev/disk4"}, "", false, "", VolumeBus::Nvme},
                  {NbdExport{"nbd://host:10809/export"}, "", true, "data", VolumeBus::Virtio},
                  {NbdExport{"nbd+unix:///x?socket=/run/nbd.sock"}, "", false, "", VolumeBus::Virtio}})
            .empty());
}

TEST_CASE("a source is used once, whatever its kind and spelling") {
  const auto twice = [](const VolumeSource& source) {
    return errorsOf({{source, "", true, "", VolumeBus::Virtio}, {source, "", true, "", VolumeBus::Virtio}});
  };

  CHECK(twice(ImageFile{"/a.img"}).at(0).pointer == "/spec/volumes/1/image");
  CHECK(twice(BlockDevice{"/dev/sda"}).at(0).detail == "\"/dev/sda\" is used by volumes/0 already; each needs its own");
  CHECK(twice(NbdExport{"nbd://a"}).at(0).pointer == "/spec/volumes/1/nbd");
  CHECK(errorsOf({image({"/a/b.img"}), image({"/a//./b.img"})}).size() == 1);
  CHECK(errorsOf({image({"/dev/sda"}), {BlockDevice{"/dev/sda"}, "", false, "", VolumeBus::Virtio}}).size() == 1);
}

TEST_CASE("a file system is one that can be made, with a label that it takes") {
  CHECK(errorsOf({image({"/a", 8 * kGiB, true, "ext4", "sixteen-bytes-16", {"-m", "0"}})}).empty());
  CHECK(onlyErrorOf(image({"/a", 8 * kGiB, true, "zfs", "", {}})) ==
        "/spec/volumes/0/fsType \"zfs\" cannot be made here; use one of ext4, ext3, ext2, xfs, btrfs, vfat, or make it "
        "yourself and leave autoCreate out");
  CHECK(onlyErrorOf(image({"/a", 8 * kGiB, true, "vfat", "twelve-bytes", {}})) ==
        "/spec/volumes/0/label \"twelve-bytes\" cannot be a label of vfat; use at most 11 bytes without control "
        "characters and without - in front");
  CHECK(onlyErrorOf(image({"/a", 8 * kGiB, true, "", "x", {}})) ==
        "/spec/volumes/0/label needs fsType: it is a file system's label");
  CHECK(onlyErrorOf(image({"/a", 8 * kGiB, true, "", "", {"-m"}})) ==
        "/spec/volumes/0/mkfsArgs needs fsType: it is for its mkfs");
  CHECK(onlyErrorOf(image({"/a", 8 * kGiB, true, "ext4", "", {"-m", "a\nb"}})) ==
        "/spec/volumes/0/mkfsArgs/1 \"a\\x0ab\" is not one line of text");
}

TEST_CASE("serials are for bus virtio") {
  CHECK(onlyErrorOf({ImageFile{"/a"}, "", false, "s", VolumeBus::Usb}) ==
        "/spec/volumes/0/serial only volumes on bus virtio have a serial; leave it out, or leave bus out");
  CHECK(onlyErrorOf({NbdExport{"nbd://a"}, "", false, "", VolumeBus::Nvme}) ==
        "/spec/volumes/0/bus an nbd volume is always on bus virtio; leave bus out");
}

TEST_CASE("an address of an export is one that vfkit takes") {
  const auto refused = [](std::string uri) {
    return onlyErrorOf({NbdExport{std::move(uri)}, "", false, "", VolumeBus::Virtio});
  };

  CHECK(refused("http://x") ==
        "/spec/volumes/0/nbd \"http://x\" is not the address of an export; write nbd://HOST:PORT/EXPORT or "
        "nbd+unix:///EXPORT?socket=PATH");
  CHECK(refused("nbd://") ==
        "/spec/volumes/0/nbd \"nbd://\" is not the address of an export; write "
        "nbd://HOST:PORT/EXPORT or nbd+unix:///EXPORT?socket=PATH");
  CHECK(refused("nbd://a/b,c") ==
        "/spec/volumes/0/nbd \"nbd://a/b,c\" has a comma, at which vfkit splits; write it as %2C");
  CHECK(refused("nbd://a b").ends_with("has a blank or a control character; write it as %20 and the like"));
  CHECK(onlyErrorOf({NbdExport{"nbd://a", Milliseconds(0)}, "", false, "", VolumeBus::Virtio}) ==
        "/spec/volumes/0/timeout 0s is out of range; give 1ms to 2147483647ms");
}

TEST_CASE("an address that names no server is refused") {
  CHECK(onlyErrorOf({NbdExport{"nbd:///x"}, "", false, "", VolumeBus::Virtio}) ==
        "/spec/volumes/0/nbd \"nbd:///x\" names no host; write nbd://HOST:PORT/EXPORT");
}

TEST_CASE("the firmware's variables are in no volume") {
  std::vector<FieldError> errors;

  checkVolumes({image({"/a.img"}), image({"/vms/./efi.vars"})}, EfiBoot{"/vms//efi.vars"}, errors);

  CHECK(errors == std::vector<FieldError>{{"/spec/boot/efi/variableStore",
                                           "\"/vms//efi.vars\" is used by volumes/1 already; each needs its own"}});
  errors.clear();
  checkVolumes({image({"/a.img"})}, EfiBoot{}, errors);
  CHECK(errors.empty());
}

TEST_CASE("mount points are absolute") {
  CHECK(onlyErrorOf({ImageFile{"/a"}, "data", false, "", VolumeBus::Virtio}).starts_with("/spec/volumes/0/mountPoint"));
}
