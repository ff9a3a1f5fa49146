#include "daemon/app/instance.hpp"

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/support/temp_dir.hpp"

using namespace microvm;

namespace {

struct Folders {
  Options options(const std::string& state, const std::string& run) const {
    Options wanted;
    wanted.stateFolder = root / state;
    wanted.runFolder = root / run;
    wanted.socket = wanted.runFolder + "/api.sock";
    return wanted;
  }
  test::TempDir place;
  std::filesystem::path root = place.path();
};

}  // namespace

TEST_CASE("a second daemon is refused on the same state folder and on the same run folder, and named the folder") {
  const Folders folders;
  const auto first = Instance::claim(folders.options("state", "run"));
  REQUIRE(first);

  const auto sameState = Instance::claim(folders.options("state", "other"), Milliseconds(20));
  const auto sameRun = Instance::claim(folders.options("another", "run"), Milliseconds(20));

  REQUIRE_FALSE(sameState);
  CHECK(sameState.error().code == Errc::InUse);
  CHECK(sameState.error().detail.find("state") != std::string::npos);
  REQUIRE_FALSE(sameRun);
  CHECK(sameRun.error().hint.find("--run-dir") != std::string::npos);
}

TEST_CASE("a claim ends with its holder") {
  const Folders folders;
  { REQUIRE(Instance::claim(folders.options("state", "run"))); }

  CHECK(Instance::claim(folders.options("state", "run")));
}

TEST_CASE("a folder that is a link is taken when the link is ours") {
  const Folders folders;
  std::filesystem::create_directory(folders.root / "real");
  std::filesystem::permissions(folders.root / "real", std::filesystem::perms::owner_all);
  std::filesystem::create_directory_symlink(folders.root / "real", folders.root / "run");

  CHECK(Instance::claim(folders.options("state", "run")));
}

TEST_CASE("a link of another user is refused, wherever it leads") {
  const Folders folders;
  const std::string link = folders.root / "run";
  std::filesystem::create_directory(folders.root / "real");
  std::filesystem::permissions(folders.root / "real", std::filesystem::perms::owner_all);
  std::filesystem::create_directory_symlink(folders.root / "real", link);
  if (::lchown(link.c_str(), 4711, 4711) != 0) return;  // only root may give it away

  const auto claimed = Instance::claim(folders.options("state", "run"));

  REQUIRE_FALSE(claimed);
  CHECK(claimed.error().code == Errc::Permission);
  CHECK(claimed.error().detail.find("is a link of user 4711") != std::string::npos);
  CHECK(claimed.error().hint.find("--run-dir") != std::string::npos);
}

TEST_CASE("a folder that is a file is refused with the way out") {
  const Folders folders;
  std::ofstream(folders.root / "state") << "a file";

  const auto claimed = Instance::claim(folders.options("state", "run"));

  REQUIRE_FALSE(claimed);
  CHECK(claimed.error().detail.find("state") != std::string::npos);
  CHECK(claimed.error().hint.find("--state-dir") != std::string::npos);
}

TEST_CASE("a folder that others may write in is refused") {
  const Folders folders;
  std::filesystem::create_directory(folders.root / "run");
  std::filesystem::permissions(folders.root / "run", std::filesystem::perms::all);

  const auto claimed = Instance::claim(folders.options("state", "run"));

  REQUIRE_FALSE(claimed);
  CHECK(claimed.error().code == Errc::Permission);
  CHECK(claimed.error().detail.find("run") != std::string::npos);
  CHECK(claimed.error().hint.find("--run-dir") != std::string::npos);
}
