#include "daemon/service/records/vm_files.hpp"

#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "api/core/file.hpp"
#include "daemon/wire/vm_record.hpp"
#include "tests/support/stand_ins/kernel_head.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;

namespace {

struct Folder {
  std::string file(const std::string& name, const std::string& text) const { return place.write(name, text); }
  Definition definition() const {
    Definition wanted;
    wanted.name = "web";
    wanted.boot = LinuxBoot{file("kernel", bzImageHead()), {}, {}};
    return wanted;
  }
  VmPaths paths() const { return VmPaths{path + "/run/0123abcd", path + "/state/vms/id"}; }
  test::TempDir place;
  std::string path = place.path();
};

std::string onlyDetail(const Result<void>& checked) {
  REQUIRE_FALSE(checked);
  REQUIRE(checked.error().errors.size() == 1);
  return checked.error().errors[0].detail;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const CapabilityRecord kRecord = recordOf(usualTarget(RunnerKind::Qemu, {HostSystem::Linux, Architecture::Amd64}));

LinuxBoot& linuxOf(Definition& definition) {
  return std::get<LinuxBoot>(definition.boot);
}

}  // namespace

TEST_CASE("each file that cannot be used is named with the reason") {
  const Folder folder;
  auto wanted = folder.definition();
  CHECK(checkHost(wanted, kRecord));

  linuxOf(wanted).initrd = folder.path;
  CHECK(has(onlyDetail(checkHost(wanted, kRecord)), "not a regular file"));
  linuxOf(wanted).initrd = folder.file("empty", "");
  CHECK(has(onlyDetail(checkHost(wanted, kRecord)), "is empty"));
  linuxOf(wanted).initrd.reset();
  wanted.volumes.push_back({ImageFile{folder.file("disk.qcow2", "QFI\xfb data")}});
  CHECK(has(onlyDetail(checkHost(wanted, kRecord)), "qemu-img convert"));
  wanted.volumes.clear();
  wanted.shares.push_back({"src", linuxOf(wanted).kernel, "", false});
  CHECK(has(onlyDetail(checkHost(wanted, kRecord)), "not a folder"));
}

TEST_CASE("a daemon without a descriptor left says so, and nothing of the files") {
  const Folder folder;
  const auto wanted = folder.definition();
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const int next = ::dup(0);
  ::close(next);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(next);

  ::setrlimit(RLIMIT_NOFILE, &none);
  const auto checked = checkHost(wanted, kRecord);
  ::setrlimit(RLIMIT_NOFILE, &before);

  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == Errc::Unavailable);
  CHECK(checked.error().errors.empty());
}

TEST_CASE("what is no kernel is refused with what would be one") {
  const Folder folder;
  auto wanted = folder.definition();

  for (const std::string& text : {std::string("some notes\n"), std::string(64 * 1024, '\0'), std::string("070701 cpio"),
                                  bzImageHead().substr(0, 0x204)}) {
    linuxOf(wanted).kernel = folder.file("other", text);
    CHECK(onlyDetail(checkHost(wanted, kRecord)) ==
          folder.path +
              "/other is no kernel that is known here; give the bzImage of an x86-64 kernel, such as "
              "/boot/vmlinuz");
  }
  linuxOf(wanted).kernel = folder.file("arm", arm64ImageHead());
  CHECK(has(onlyDetail(checkHost(wanted, kRecord)), "is an uncompressed Image for arm64, and the host is x86-64"));
}

TEST_CASE("one file cannot be two disks of a VM, under whatever name") {
  const Folder folder;
  auto wanted = folder.definition();
  const std::string image = folder.file("disk.img", "data");
  std::filesystem::create_hard_link(image, folder.path + "/hard.img");
  std::filesystem::create_symlink(folder.path, folder.path + "/self");

  for (const std::string name : {"/hard.img", "/self/disk.img", "/self/hard.img"}) {
    CAPTURE(name);
    wanted.volumes = {{ImageFile{image}}, {ImageFile{folder.path + name}}};
    const auto checked = checkHost(wanted, kRecord);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().errors ==
          std::vector<FieldError>{{"/spec/volumes/1/image", folder.path + name + " is the same file as " + image +
                                                                ", which volumes/0 has already; each needs its own"}});
  }
  wanted.volumes = {{ImageFile{folder.path + "/new.img", 2 * kMiB, true}},
                    {ImageFile{folder.path + "/self/new.img", 2 * kMiB, true}}};
  CHECK(has(onlyDetail(checkHost(wanted, kRecord)), "is the same file as"));
  wanted.volumes = {{ImageFile{image}}, {ImageFile{folder.file("other.img", "data")}}};
  CHECK(checkHost(wanted, kRecord));
}

TEST_CASE("a firmware's variables are in no disk of the VM") {
  const Folder folder;
  auto wanted = folder.definition();
  const std::string store = folder.file("efi.vars", "data");
  std::filesystem::create_symlink(store, folder.path + "/link");
  wanted.boot = EfiBoot{store};
  wanted.volumes = {{ImageFile{folder.path + "/link"}, "", true}};

  const auto checked = checkHost(wanted, kRecord);

  REQUIRE_FALSE(checked);
  CHECK(checked.error().errors ==
        std::vector<FieldError>{{"/spec/boot/efi/variableStore", store + " is the same file as " + folder.path +
                                                                     "/link, which volumes/0 has already; each needs "
                                                                     "its own"}});
}

TEST_CASE("an image to be created needs a folder to be in") {
  const Folder folder;
  auto wanted = folder.definition();
  wanted.volumes.push_back({ImageFile{folder.path + "/new.img", 2 * kMiB, true}});
  CHECK(checkHost(wanted, kRecord));

  std::get<ImageFile>(wanted.volumes[0].source).path = folder.path + "/nowhere/new.img";
  CHECK(has(onlyDetail(checkHost(wanted, kRecord)), "cannot be created"));
}

TEST_CASE("a launch makes the folders and the image once, and only lets one grow that is there") {
  const Folder folder;
  auto wanted = folder.definition();
  wanted.volumes.push_back({ImageFile{folder.path + "/new.img", 2 * kMiB, true}});

  REQUIRE(prepareLaunch(folder.paths(), wanted));
  CHECK(std::filesystem::file_size(folder.path + "/new.img") == 2 * kMiB);
  CHECK(std::filesystem::is_directory(folder.paths().consoleFolder()));
  CHECK(std::filesystem::is_directory(folder.paths().runFolder));
  std::ofstream(folder.path + "/new.img") << "kept";
  REQUIRE(prepareLaunch(folder.paths(), wanted));

  CHECK(std::filesystem::file_size(folder.path + "/new.img") == 2 * kMiB);
  CHECK(readFile(folder.path + "/new.img", 4 * kMiB)->starts_with("kept"));
}

TEST_CASE("the folder of a VM repeats its definition, and goes with it while images stay") {
  const Folder folder;
  auto wanted = folder.definition();
  wanted.volumes.push_back({ImageFile{folder.file("disk.img", "data")}});
  Vm vm;
  vm.id = "id";
  vm.runId = "0123abcd";
  vm.definition = wanted;
  REQUIRE(createVmFolder(folder.paths(), vm));

  const auto text = readFile(folder.paths().recordFile(), 65536);
  REQUIRE(text);
  const auto read = parseVmRecord(*text);
  REQUIRE(read);
  CHECK(*read == vm);
  REQUIRE(removeVmFolders(folder.paths()));

  CHECK_FALSE(std::filesystem::exists(folder.paths().stateFolder));
  CHECK(std::filesystem::exists(folder.path + "/disk.img"));
}
