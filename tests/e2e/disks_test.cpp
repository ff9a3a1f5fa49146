// Disks as the guest sees them.
#include <doctest/doctest.h>

#include "tests/support/direct_guest/direct_guest.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm::test;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// An image of 64 KiB that begins with the text.
std::string imageOf(const TempDir& folder, const std::string& text) {
  return folder.write(text + ".img", text + std::string(65536 - text.size(), '\0'));
}

}  // namespace

TEST_CASE("a read-only disk refuses writes and its image stays as it was") {
  const TempDir folder;
  const auto image = imageOf(folder, "precious");
  const auto before = readText(image);
  DirectGuest guest({"virtio-blk,path=" + image + ",readonly", "nvme,path=" + image + ",readonly"});

  CHECK(contains(guest.run("cat /sys/block/vda/ro; head -c 8 /dev/vda"), "\n1\nprecious"));
  CHECK(contains(guest.run("echo spoilt >/dev/vda; echo status $?"), "status 1"));
  CHECK(contains(guest.run("echo spoilt | dd of=/dev/nvme0n1 conv=fsync; echo status $?"), "status 1"));
  CHECK(guest.stop().code == 0);

  CHECK(readText(image) == before);
}

TEST_CASE("two disks keep their order and their serials") {
  const TempDir folder;
  const auto first = imageOf(folder, "one");
  const auto second = imageOf(folder, "two");
  // Something between them that says nothing on the console by itself, as a network does when it has an address.
  DirectGuest guest({"virtio-blk,path=" + second + ",deviceId=zeta", "virtio-balloon",
                     "virtio-blk,path=" + first + ",deviceId=alpha"});

  CHECK(contains(guest.run("head -c 3 /dev/vda; cat /sys/block/vda/serial"), "twozeta"));
  CHECK(contains(guest.run("head -c 3 /dev/vdb; cat /sys/block/vdb/serial"), "onealpha"));
}

TEST_CASE("what the guest writes on an NVMe disk is in its image") {
  const TempDir folder;
  const auto image = imageOf(folder, "old");
  DirectGuest guest({"nvme,path=" + image});

  CHECK(contains(guest.run("head -c 3 /dev/nvme0n1; echo new | dd of=/dev/nvme0n1 conv=notrunc,fsync; echo status $?"),
                 "status 0"));

  CHECK(readText(image).starts_with("new\n"));
}
