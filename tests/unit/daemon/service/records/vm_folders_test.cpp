#include "daemon/service/records/vm_folders.hpp"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "api/core/file.hpp"
#include "daemon/runner/paths.hpp"
#include "daemon/service/records/vm_files.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;

namespace {

namespace fs = std::filesystem;
using Kind = StrayFolder::Kind;

struct Folder {
  Folder() { fs::create_directories(path + "/vms"); }
  [[nodiscard]] VmPaths paths(const std::string& id) const {
    VmPaths paths;
    paths.stateFolder = path + "/vms/" + id;
    return paths;
  }
  void write(const std::string& file, const std::string& text) const { place.write(file, text); }
  test::TempDir place;
  std::string path = place.path();
};

Vm makeVm(const std::string& id) {
  Vm vm;
  vm.id = id;
  vm.runId = "0123abcd";
  vm.definition.name = "web";
  vm.definition.boot = LinuxBoot{"/k", {}, {}};
  return vm;
}

}  // namespace

TEST_CASE("a folder that the database does not know tells what it is") {
  const Folder folder;
  for (const auto* id : {"deleted", "half", "known", "other", "vm"})
    REQUIRE(createVmFolder(folder.paths(id), makeVm(id)));
  REQUIRE(markDeleted(folder.paths("deleted")));
  folder.write("vms/half/vm.json", "{\"format\":1,");
  fs::copy_file(folder.paths("vm").recordFile(), folder.paths("other").recordFile(),
                fs::copy_options::overwrite_existing);
  folder.write("vms/file", "no folder");

  const auto strays = findStrayFolders(folder.path, {"known"}, DatabaseState::Whole);

  REQUIRE(strays);
  REQUIRE(strays->size() == 4);
  CHECK(strays->at(0).kind == Kind::Deleted);
  CHECK(strays->at(0).vm.runId == "0123abcd");
  CHECK(strays->at(1).kind == Kind::Unreadable);
  CHECK(strays->at(1).problem.find("half/vm.json cannot be read") != std::string::npos);
  CHECK(strays->at(2).kind == Kind::Unreadable);
  CHECK(strays->at(2).problem.find("is that of VM vm") != std::string::npos);
  CHECK(strays->at(3).kind == Kind::Vm);
  CHECK(strays->at(3).vm == makeVm("vm"));
}

TEST_CASE("what a create left before its vm.json was there is removed, and nothing else") {
  const Folder folder;
  fs::create_directories(folder.path + "/vms/empty");
  fs::create_directories(folder.path + "/vms/unfinished");
  folder.write("vms/unfinished/vm.json.0123abcd", "{");
  fs::create_directories(folder.path + "/vms/console/console");

  const auto strays = findStrayFolders(folder.path, {}, DatabaseState::Lost);

  REQUIRE(strays);
  REQUIRE(strays->size() == 1);
  CHECK(strays->front().id == "console");
  CHECK(strays->front().kind == Kind::Unreadable);
  CHECK_FALSE(fs::exists(folder.path + "/vms/empty"));
  CHECK_FALSE(fs::exists(folder.path + "/vms/unfinished"));
}

TEST_CASE("a record that went with the power says nothing, unless the database went too") {
  const Folder folder;
  fs::create_directories(folder.path + "/vms/cut");
  fs::create_directories(folder.path + "/vms/used/console");
  folder.write("vms/cut/vm.json", "");
  folder.write("vms/used/vm.json", "");

  const auto lost = findStrayFolders(folder.path, {}, DatabaseState::Lost);
  const auto whole = findStrayFolders(folder.path, {}, DatabaseState::Whole);

  REQUIRE(lost);
  CHECK(lost->size() == 2);
  REQUIRE(whole);
  REQUIRE(whole->size() == 1);
  CHECK(whole->front().id == "used");
  CHECK_FALSE(fs::exists(folder.path + "/vms/cut"));
}

TEST_CASE("a delete that was not granted leaves the record as it was") {
  const Folder folder;
  REQUIRE(createVmFolder(folder.paths("vm"), makeVm("vm")));

  REQUIRE(markDeleted(folder.paths("vm")));
  CHECK_FALSE(recordProblem(folder.path, makeVm("vm")).empty());
  REQUIRE(unmarkDeleted(folder.paths("vm")));

  CHECK(recordProblem(folder.path, makeVm("vm")).empty());
  CHECK(markDeleted(folder.paths("none")));
}

TEST_CASE("a record that is missing, empty or garbage is written, a broken VM gets none") {
  const Folder folder;
  auto broken = makeVm("broken");
  broken.state = State::Broken;
  fs::create_directories(folder.path + "/vms/there");
  fs::create_directories(folder.path + "/vms/empty");
  folder.write("vms/there/vm.json", "garbage");
  folder.write("vms/empty/vm.json", "");

  REQUIRE(mendRecords(folder.path, {makeVm("gone"), makeVm("empty"), makeVm("there"), broken}));

  CHECK(recordProblem(folder.path, makeVm("gone")).empty());
  CHECK(recordProblem(folder.path, makeVm("empty")).empty());
  CHECK(recordProblem(folder.path, makeVm("there")).empty());
  CHECK_FALSE(fs::exists(folder.paths("broken").recordFile()));
}

TEST_CASE("after a power cut a record says what the database says, whatever it looked like") {
  const Folder folder;
  auto changed = makeVm("changed");
  changed.definition.cpus = 4;
  REQUIRE(createVmFolder(folder.paths("changed"), makeVm("changed")));
  REQUIRE(createVmFolder(folder.paths("cut"), makeVm("cut")));
  folder.write("vms/cut/vm.json", std::string(300, '\0'));

  REQUIRE(mendRecords(folder.path, {changed, makeVm("cut"), makeVm("gone")}));

  for (const auto& vm : {changed, makeVm("cut"), makeVm("gone")})
    CHECK(recordProblem(folder.path, vm).empty());
}

TEST_CASE("differences between database and folders are told one by one") {
  const Folder folder;
  REQUIRE(createVmFolder(folder.paths("same"), makeVm("same")));
  REQUIRE(createVmFolder(folder.paths("changed"), makeVm("changed")));
  REQUIRE(createVmFolder(folder.paths("stray"), makeVm("stray")));
  auto changed = makeVm("changed");
  changed.definition.cpus = 4;

  const auto findings = compareRecords(folder.path, {makeVm("same"), changed, makeVm("missing")});

  REQUIRE(findings.size() == 3);
  CHECK(findings[0].find("changed/vm.json differs from the database") != std::string::npos);
  CHECK(findings[1].find("missing/vm.json") != std::string::npos);
  CHECK(findings[2].find("stray belongs to no VM") != std::string::npos);
}

TEST_CASE("only folders with eight digits that nobody knows are stray run folders") {
  const Folder folder;
  for (const auto* name : {"0123abcd", "89abcdef", "0123ABCD", "0123abc", "other"})
    fs::create_directories(folder.path + "/" + name);
  folder.write("01010101", "a file");

  CHECK(findStrayRunFolders(folder.path, {"89abcdef"}) == std::vector<std::string>{"0123abcd"});
  CHECK(findStrayRunFolders(folder.path + "/none", {}).empty());
}

TEST_CASE("a disk with less room than wanted is named") {
  const Folder folder;

  CHECK(checkRoom({folder.path}, 0));
  const auto checked = checkRoom({folder.path}, ~std::uint64_t{0});

  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == Errc::DiskFull);
  CHECK(checked.error().detail.find(folder.path) != std::string::npos);
  CHECK_FALSE(checkRoom({folder.path + "/none"}, 1));
}
