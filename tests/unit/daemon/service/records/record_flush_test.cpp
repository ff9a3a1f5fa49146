// daemon/service/records/record_flush.cpp
#include "daemon/service/records/record_flush.hpp"

#include <filesystem>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "api/core/file.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;

namespace {

VmPaths pathsIn(const test::TempDir& folder, const std::string& id) {
  VmPaths paths;
  paths.stateFolder = folder.path() + "/vms/" + id;
  return paths;
}

VmPaths writtenIn(const test::TempDir& folder, const std::string& id) {
  auto paths = pathsIn(folder, id);
  REQUIRE(makeFolders(paths.stateFolder));
  REQUIRE(replaceFile(paths.recordFile(), "{}"));
  return paths;
}

}  // namespace

TEST_CASE("records are flushed together; one that is gone needs nothing, one that cannot be flushed is told") {
  const test::TempDir folder;
  const auto one = writtenIn(folder, "one");
  const auto two = writtenIn(folder, "two");
  const auto gone = pathsIn(folder, "gone");
  REQUIRE(replaceFile(folder.path() + "/vms/file", ""));
  const auto wrong = pathsIn(folder, "file");

  CHECK(flushRecords({}));
  CHECK(flushRecords({one, gone, two}));
  CHECK(flushRecords({one, wrong, two}).error().detail.find("vms/file/vm.json") != std::string::npos);
}

TEST_CASE("many records are flushed at once, whichever of them are gone") {
  const test::TempDir folder;
  std::vector<VmPaths> many;
  for (int i = 0; i < 30; ++i) {
    const auto id = std::to_string(i);
    many.push_back(i % 3 == 0 ? pathsIn(folder, id) : writtenIn(folder, id));
  }

  CHECK(flushRecords(many));
  CHECK(flushRecords(std::vector<VmPaths>(20, pathsIn(folder, "gone"))));
}

TEST_CASE("every record that is added is flushed, and then there is nothing left to do") {
  const test::TempDir folder;
  net::io_context context(1);
  BlockingPool files(1);
  RecordFlush flush(context.get_executor(), files, Milliseconds(0));

  for (const auto* id : {"a", "b", "c"})
    flush.add(writtenIn(folder, id));
  context.run();
  context.restart();
  flush.add(writtenIn(folder, "d"));

  CHECK(context.run() > 0);
}

TEST_CASE("a flush at work outlives its owner") {
  const test::TempDir folder;
  net::io_context context(1);
  BlockingPool files(1);
  {
    RecordFlush flush(context.get_executor(), files);
    flush.add(writtenIn(folder, "a"));
    context.run_one();
    flush.add(writtenIn(folder, "b"));
  }

  context.run();

  CHECK(context.stopped());
}
