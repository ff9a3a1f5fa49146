#include "daemon/vfkit_qemu/devices/shared_folders.hpp"

#include <csignal>
#include <fcntl.h>
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/coroutines/run_task.hpp"
#include "tests/support/processes.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/daemon/vfkit_qemu/devices/variable.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;

namespace {

/// A virtiofsd that writes its arguments beside itself, says a word to its client, and waits.
void makeFakeServer(const test::TempDir& folder) {
  const auto path = folder.write("virtiofsd",
                                 "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"${0%/*}/arguments.new\"\n"
                                 "mv \"${0%/*}/arguments.new\" \"${0%/*}/arguments\"\nexec sleep 600\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

vfkit::Options sharing(std::vector<vfkit::Device> devices) {
  vfkit::Options options;
  options.devices = std::move(devices);
  return options;
}

}  // namespace

TEST_CASE("without shares nothing is looked for or started") {
  const test::Variable path("PATH", "/nonexistent");

  const auto shares = shareFolders(sharing({vfkit::Rng{}}), "/nonexistent", -1);

  REQUIRE(shares);
  CHECK(shares->empty());
}

TEST_CASE("each share has a server of its own that ends with it") {
  const test::TempDir folder;
  makeFakeServer(folder);
  const test::Variable path("PATH", folder.path() + ":/usr/bin:/bin");
  const test::Variable temporary("TMPDIR", folder.path());
  const UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  int first = 0;
  int second = 0;
  {
    const auto shares = shareFolders(sharing({vfkit::Share{"/usr", "a"}, vfkit::Rng{}, vfkit::Share{"/a b", "c"}}),
                                     test::builtProgram("vfkit-qemu"), null.get());
    REQUIRE_MESSAGE(shares, shares.error().detail);
    REQUIRE(shares->size() == 2);
    CHECK((*shares)[0].folder == "/usr");
    CHECK((*shares)[1].folder == "/a b");
    CHECK((*shares)[0].socket.get() != (*shares)[1].socket.get());
    first = (*shares)[0].server.pid();
    second = (*shares)[1].server.pid();
    test::waitUntil("a server", [&] { return !test::readText(folder / "arguments").empty(); });
    CHECK(test::readText(folder / "arguments").starts_with("--fd=3\n--rlimit-nofile=0\n--shared-dir=/"));
    CHECK(test::runs(first));
    CHECK(test::runs(second));
  }

  CHECK_FALSE(test::runs(first));
  CHECK_FALSE(test::runs(second));
  // The sockets had names only until they were connected.
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    CHECK_FALSE(entry.is_directory());
}

TEST_CASE("the old server gets the real folder with its commas escaped") {
  const test::TempDir folder;
  folder.write("my, files/x", "");
  std::filesystem::create_symlink(folder / "my, files", folder / "link");
  const auto program = folder.write("qemu/virtiofsd",
                                    "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"${0%/*}/arguments.new\"\n"
                                    "mv \"${0%/*}/arguments.new\" \"${0%/*}/arguments\"\nexec sleep 600\n");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const test::Variable path("PATH", folder / "qemu:/usr/bin:/bin");
  const UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));

  const auto shares =
      shareFolders(sharing({vfkit::Share{folder / "link", "a"}}), test::builtProgram("vfkit-qemu"), null.get());

  REQUIRE(shares);
  test::waitUntil("the server", [&] { return !test::readText(folder / "qemu/arguments").empty(); });
  CHECK(test::readText(folder / "qemu/arguments").find("source=" + folder / "my\\, files" + "\n") != std::string::npos);
}

TEST_CASE("a server that ends under its guest is noticed") {
  const test::TempDir folder;
  makeFakeServer(folder);
  const test::Variable path("PATH", folder.path() + ":/usr/bin:/bin");
  const UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  auto shares = shareFolders(sharing({vfkit::Share{"/usr", "a"}}), test::builtProgram("vfkit-qemu"), null.get());
  REQUIRE(shares);
  net::io_context context{1};
  const Log log(vfkit::Verbosity::Error);
  const int server = shares->front().server.pid();
  bool isNoticed = false;
  auto watch = watchSharedFolder(shares->front(), log, Milliseconds(10));
  net::co_spawn(context, std::move(watch), [&](const std::exception_ptr&) { isNoticed = true; });

  REQUIRE(shares->front().server.signal(SIGKILL));

  test::runUntil(context, [&] { return isNoticed; });
  CHECK_FALSE(test::runs(server));
}

TEST_CASE("a folder for sockets that is not there is named") {
  const test::TempDir folder;
  makeFakeServer(folder);
  const test::Variable path("PATH", folder.path());
  const test::Variable temporary("TMPDIR", "/nonexistent");

  const auto shares = shareFolders(sharing({vfkit::Share{"/usr", "a"}}), "/bin/true", -1);

  REQUIRE_FALSE(shares);
  CHECK(shares.error().detail.starts_with("cannot make the folder /nonexistent/vfq-"));
}
