#include "client/service/job.hpp"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "daemon/process/identity.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::service;
namespace fs = std::filesystem;

namespace {

Job plain() {
  Job job;
  job.program = "/usr/bin/microvmd";
  job.socket = "/run/microvm/api.sock";
  return job;
}

/// A microvmd beside this test's own program, for as long as the object lives.
class DaemonBeside {
public:
  DaemonBeside() : path_(fs::path(test::must(ownProgram())).parent_path() / "microvmd") {
    std::ofstream(path_) << "#!/bin/sh\n";
    fs::permissions(path_, fs::perms::owner_all);
  }
  ~DaemonBeside() { fs::remove(path_); }
  DaemonBeside(const DaemonBeside&) = delete;
  DaemonBeside& operator=(const DaemonBeside&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }

private:
  fs::path path_;
};

}  // namespace

TEST_CASE("a job of ordinary paths fits, blanks and umlauts among them") {
  auto job = plain();
  job.program = "/opt/my vms/zo\xc3\xab/microvmd";

  CHECK(checkJob(job));
}

TEST_CASE("what no definition can hold is refused") {
  for (const auto& change : std::vector<void (*)(Job&)>{
           [](Job& job) { job.program = "/a\nb"; },
           [](Job& job) {
             job.arguments = {"--x", "\x1b"};
           },
           [](Job& job) { job.user = "\xff"; }, [](Job& job) { job.logFolder = "/a\tb"; },
           [](Job& job) { job.socket = "/" + std::string(200, 'x'); }, [](Job& job) { job.socket = "relative"; }}) {
    auto job = plain();
    change(job);
    const auto refused = checkJob(job);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::Invalid);
  }
}

TEST_CASE("the daemon is named by the link that an upgrade keeps") {
  const DaemonBeside daemon;
  const test::TempDir folder;
  CHECK(findDaemon(folder.path()).value_or("") == daemon.path());

  fs::create_symlink(daemon.path(), folder / "microvmd");

  CHECK(findDaemon(folder.path()).value_or("") == folder / "microvmd");
}

TEST_CASE("another daemon in PATH is not taken for the one beside") {
  const DaemonBeside daemon;
  const test::TempDir folder;
  const auto other = folder.write("microvmd", "#!/bin/sh\n");
  fs::permissions(other, fs::perms::owner_all);

  CHECK(findDaemon(folder.path()).value_or("") == daemon.path());
}
