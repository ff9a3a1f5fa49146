#include "daemon/files/image_copy.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "api/core/unique_fd.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using test::readText;
using test::TempDir;

TEST_CASE("a copy has the bytes and the size of its image") {
  const TempDir folder;
  const auto from = folder.write("from.img", std::string(3 * 1024 * 1024 + 7, 'x'));

  REQUIRE(copyImage(from, folder / "to.img"));

  CHECK(readText(folder / "to.img") == readText(from));
}

TEST_CASE("holes stay holes") {
  const TempDir folder;
  const auto from = folder.write("from.img", "head");
  {
    const UniqueFd fd(::open(from.c_str(), O_WRONLY | O_CLOEXEC));
    REQUIRE(::ftruncate(fd.get(), off_t{64} << 20U) == 0);
    REQUIRE(::pwrite(fd.get(), "tail", 4, off_t{48} << 20U) == 4);
  }

  REQUIRE(copyImage(from, folder / "to.img"));

  struct stat info {};
  REQUIRE(::stat((folder / "to.img").c_str(), &info) == 0);
  CHECK(info.st_size == off_t{64} << 20U);
  CHECK(info.st_blocks * 512 < 4 << 20);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(readText(folder / "to.img") == readText(from));
}

TEST_CASE("a copy takes no other file's place") {
  const TempDir folder;
  const auto from = folder.write("from.img", "new");
  const auto to = folder.write("to.img", "old");

  const auto copied = copyImage(from, to);

  REQUIRE_FALSE(copied);
  CHECK(copied.error().code == Errc::AlreadyExists);
  CHECK(readText(to) == "old");
  CHECK_FALSE(copyImage(folder / "none.img", folder / "other.img"));
}
