// A shared folder whose name vfkit's command line cannot hold.
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/direct_guest/direct_guest.hpp"
#include "tests/support/guest.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm::test;

TEST_CASE("a folder with a comma and a space in its name is shared through a link without") {
  const TempDir folder;
  folder.write("my, files/from-host", "hello guest\n");
  std::filesystem::create_symlink(folder / "my, files", folder / "link");
  DirectGuest guest({"virtio-fs,sharedDir=" + folder / "link,mountTag=src"}, {}, linuxBoot("microvm.share=src:/mnt"));

  CHECK(guest.run("cat /mnt/from-host").find("hello guest") != std::string::npos);
  guest.run("echo hello host >/mnt/from-guest; sync");

  CHECK(readText(folder / "my, files/from-guest") == "hello host\n");
}

TEST_CASE("the daemon makes that link by itself") {
  const Daemon daemon(realRunner());
  daemon.folder().write("my, files/from-host", "hello guest\n");
  daemon.createRunning("web", guestSpec({{"shares", {{{"tag", "src"}, {"source", daemon.folder() / "my, files"}}}}},
                                        {"microvm.share=src:/mnt"}));
  ConsoleViewer console(daemon.api(), "web");
  console.readUntil("microvm guest share src:/mnt");

  CHECK(runInGuest(console, "cat /mnt/from-host").find("hello guest") != std::string::npos);
}
