// A disk that nbdkit serves.
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/direct_guest/direct_guest.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/waiting.hpp"

using namespace microvm::test;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a guest reads and writes a disk of a block server") {
  const TempDir folder;
  const auto image = folder.write("served.img", "served" + std::string(65530, '\0'));
  const Program server("/usr/bin/nbdkit", {"--foreground", "--unix", folder / "nbd.sock", "file", image});
  waitUntil("the block server", [&] { return std::filesystem::exists(folder / "nbd.sock"); });
  DirectGuest guest({"nbd,uri=nbd+unix:///?socket=" + folder / "nbd.sock,deviceId=far"});

  CHECK(contains(guest.run("head -c 6 /dev/vda; cat /sys/block/vda/serial"), "servedfar"));
  CHECK(contains(guest.run("echo written | dd of=/dev/vda conv=fsync; echo status $?"), "status 0"));

  CHECK(readText(image).starts_with("written\n"));
}

TEST_CASE("a block server that is not there is told within its time limit") {
  const TempDir folder;
  Words words = linuxBoot();
  words.insert(words.end(),
               {"--device", "nbd,uri=nbd+unix:///?socket=" + folder / "none.sock,deviceId=far,timeout=1000"});

  const auto ended = runProgram(builtProgram("vfkit-qemu"), words);

  CHECK(ended.code == 1);
  CHECK(contains(ended.err, folder / "none.sock"));
  CHECK(contains(ended.err, "No such file or directory"));
}
