#include "daemon/app/empty_initrd.hpp"

#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>

#include "api/core/file.hpp"
#include "api/core/id.hpp"

using namespace microvm;

TEST_CASE("the empty archive is one that cpio reads, and is made once") {
  const auto folder = std::filesystem::temp_directory_path() / ("mve-" + randomHex(8));
  std::filesystem::create_directories(folder);

  const auto path = provideEmptyInitrd(folder.string());
  REQUIRE(path);
  const auto before = std::filesystem::last_write_time(*path);
  REQUIRE(provideEmptyInitrd(folder.string()));

  CHECK(std::filesystem::last_write_time(*path) == before);
  CHECK(std::filesystem::file_size(*path) == 512);
  CHECK(std::system(("cpio --quiet -it < " + *path).c_str()) == 0);
  std::filesystem::remove_all(folder);
}
