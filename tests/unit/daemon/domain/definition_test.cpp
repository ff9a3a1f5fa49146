#include "daemon/domain/definition.hpp"

#include <functional>

#include <doctest/doctest.h>

using namespace microvm;

namespace {

Definition good() {
  Definition definition;
  definition.name = "web";
  definition.labels = {{"team", "infra"}, {"example.com/tier", ""}};
  definition.memory = kGiB;
  definition.boot = LinuxBoot{"/boot/Image", "/boot/initrd", {"root=/dev/vda", "rw"}};
  definition.volumes = {{ImageFile{"/images/root.img", 8 * kGiB, true, "ext4", "root", {}}, "/", false, "root"},
                        {ImageFile{"/images/data.img"}, "", true}};
  definition.shares = {{"src", "/home/me/src"}};
  definition.interfaces = {{InterfaceType::Nat, "02:00:00:01:01:01"}, {InterfaceType::Nat, ""}};
  definition.vsock = {{22, VsockDirection::Connect, ""}, {22, VsockDirection::Listen, "/tmp/ssh.sock"}};
  return definition;
}

/// The pointers that are refused after `change`.
std::vector<std::string> refusedAfter(const std::function<void(Definition&)>& change) {
  Definition definition = good();
  change(definition);
  const Result<void> valid = validate(definition);
  std::vector<std::string> pointers;
  if (valid) return pointers;
  CHECK(valid.error().code == Errc::Invalid);
  for (const FieldError& error : valid.error().errors) {
    CHECK_FALSE(error.detail.empty());
    pointers.push_back(error.pointer);
  }
  return pointers;
}

using Pointers = std::vector<std::string>;

LinuxBoot& linuxOf(Definition& definition) {
  return std::get<LinuxBoot>(definition.boot);
}

ImageFile& imageOf(Definition& definition, std::size_t index) {
  return std::get<ImageFile>(definition.volumes.at(index).source);
}

}  // namespace

TEST_CASE("a good definition is accepted") {
  CHECK(refusedAfter([](Definition&) {}).empty());
}

TEST_CASE("names are short, lower case and without dots") {
  for (const char* name : {"", "Web", "-web", "web-", "a.b", "a b", "a/b"}) {
    CHECK(refusedAfter([&](Definition& d) { d.name = name; }) == Pointers{"/metadata/name"});
  }
  CHECK(refusedAfter([](Definition& d) { d.name = std::string(64, 'a'); }) == Pointers{"/metadata/name"});
  CHECK(refusedAfter([](Definition& d) { d.name = std::string(63, 'a'); }).empty());
}

TEST_CASE("label keys and values follow the rules of Kubernetes") {
  const auto with = [](std::string key, std::string value) {
    return refusedAfter([&](Definition& d) { d.labels = {{key, value}}; });
  };

  CHECK(with("a/b/c", "x") == Pointers{"/metadata/labels/a~1b~1c"});
  CHECK(with("", "x") == Pointers{"/metadata/labels/"});
  CHECK(with("-a", "x") == Pointers{"/metadata/labels/-a"});
  CHECK(with("UP.example/a", "x") == Pointers{"/metadata/labels/UP.example~1a"});
  CHECK(with("a", "b c") == Pointers{"/metadata/labels/a"});
  CHECK(with("a", std::string(64, 'x')) == Pointers{"/metadata/labels/a"});
  CHECK(with("example.com/A_b.c-d", "V_1.2-x").empty());
}

TEST_CASE("more than 64 labels are refused") {
  CHECK(refusedAfter([](Definition& d) {
          for (int i = 0; i < 65; ++i)
            d.labels["k" + std::to_string(i)] = "v";
        }) == Pointers{"/metadata/labels"});
}

TEST_CASE("cpus and memory have bounds") {
  CHECK(refusedAfter([](Definition& d) { d.cpus = 0; }) == Pointers{"/spec/cpus"});
  CHECK(refusedAfter([](Definition& d) { d.cpus = 257; }) == Pointers{"/spec/cpus"});
  CHECK(refusedAfter([](Definition& d) { d.cpus = 256; }).empty());
  CHECK(refusedAfter([](Definition& d) { d.memory = 63 * kMiB; }) == Pointers{"/spec/memory"});
  CHECK(refusedAfter([](Definition& d) { d.memory = 1025 * kGiB; }) == Pointers{"/spec/memory"});
  CHECK(refusedAfter([](Definition& d) { d.memory = 64 * kMiB + 1; }) == Pointers{"/spec/memory"});
}

TEST_CASE("paths are absolute, printable and do not climb") {
  for (const std::string& path :
       {std::string(), std::string("rel"), std::string("/a\nb"), std::string("/a\0b", 4), std::string("/a/../b"),
        std::string("/a/.."), std::string("/\xff"), "/" + std::string(1023, 'a')}) {
    CAPTURE(path);
    CHECK(refusedAfter([&](Definition& d) { linuxOf(d).kernel = path; }) == Pointers{"/spec/boot/linux/kernel"});
    CHECK(refusedAfter([&](Definition& d) { linuxOf(d).initrd = path; }) == Pointers{"/spec/boot/linux/initrd"});
    CHECK(refusedAfter([&](Definition& d) { imageOf(d, 1).path = path; }) == Pointers{"/spec/volumes/1/image"});
    CHECK(refusedAfter([&](Definition& d) { d.shares[0].source = path; }) == Pointers{"/spec/shares/0/source"});
  }
}

TEST_CASE("a comma is taken in every path: what vfkit would split is reached through a link") {
  CHECK(refusedAfter([](Definition& d) {
          linuxOf(d).kernel = "/a,b";
          imageOf(d, 0).path = "/a,b";
          d.shares[0].source = "/a,b";
          d.vsock[1].socket = "/a,b/ssh.sock";
        }).empty());
}

TEST_CASE("kernel parameters are one printable line of balanced quotes") {
  for (const char* entry : {"", "  ", "a\nb", "a\tb", "a=\"b", "\xff"}) {
    CHECK(refusedAfter([&](Definition& d) {
            linuxOf(d).cmdline = {"ro", entry};
          }) == Pointers{"/spec/boot/linux/cmdline/1"});
  }
  CHECK(refusedAfter([](Definition& d) { linuxOf(d).cmdline = {"dyndbg=\"file a.c +p\"", "a,b"}; }).empty());
}

TEST_CASE("the command line fits what Linux takes, console included") {
  const auto withBytes = [](std::size_t bytes) {
    return refusedAfter([&](Definition& d) { linuxOf(d).cmdline = {std::string(bytes, 'a')}; });
  };

  CHECK(withBytes(2047 - 13).empty());
  CHECK(withBytes(2047 - 12) == Pointers{"/spec/boot/linux/cmdline"});
  CHECK(refusedAfter([](Definition& d) { linuxOf(d).cmdline.assign(257, "a"); }) ==
        Pointers{"/spec/boot/linux/cmdline"});
}

TEST_CASE("a volume's size is whole sectors within bounds and needed for autoCreate") {
  const Pointers size{"/spec/volumes/0/size"};

  CHECK(refusedAfter([](Definition& d) { imageOf(d, 0).size.reset(); }) == size);
  CHECK(refusedAfter([](Definition& d) { imageOf(d, 0).size = 0; }) == size);
  CHECK(refusedAfter([](Definition& d) { imageOf(d, 0).size = kMiB + 1; }) == size);
  CHECK(refusedAfter([](Definition& d) { imageOf(d, 0).size = 65 * 1024 * kGiB; }) == size);
  CHECK(refusedAfter([](Definition& d) {
          d.volumes[0].readOnly = true;
          imageOf(d, 0).fsType = imageOf(d, 0).label = "";
        }) == Pointers{"/spec/volumes/0/readOnly"});
}

TEST_CASE("serials and tags follow vfkit's rules") {
  for (const char* serial : {"a,b", "a b", "123456789012345678901", "\xc3\xa9"}) {
    CHECK(refusedAfter([&](Definition& d) { d.volumes[0].serial = serial; }) == Pointers{"/spec/volumes/0/serial"});
  }
  for (const char* tag : {"", "a,b", "a\nb", "123456789012345678901234567890123456", "\xff"}) {
    CHECK(refusedAfter([&](Definition& d) { d.shares[0].tag = tag; }) == Pointers{"/spec/shares/0/tag"});
  }
}

TEST_CASE("images, serials, tags and addresses are used once") {
  CHECK(refusedAfter([](Definition& d) { imageOf(d, 1).path = "/images/./root.img"; }) ==
        Pointers{"/spec/volumes/1/image"});
  CHECK(refusedAfter([](Definition& d) { d.volumes[1].serial = "root"; }) == Pointers{"/spec/volumes/1/serial"});
  CHECK(refusedAfter([](Definition& d) {
          d.shares.push_back({"src", "/other", "", false});
        }) == Pointers{"/spec/shares/1/tag"});
  CHECK(refusedAfter([](Definition& d) { d.interfaces[1].mac = "02-00-00-01-01-01"; }) ==
        Pointers{"/spec/interfaces/1/mac"});
}

TEST_CASE("an unusable address is refused") {
  for (const char* mac : {"x", "02:00:00:01:01", "01:00:00:00:00:01", "2:0:0:1:1:1"}) {
    CHECK(refusedAfter([&](Definition& d) { d.interfaces[0].mac = mac; }) == Pointers{"/spec/interfaces/0/mac"});
  }
}

TEST_CASE("there are caps on the number of devices") {
  CHECK(refusedAfter([](Definition& d) { d.volumes.resize(17); }) == Pointers{"/spec/volumes"});
  CHECK(refusedAfter([](Definition& d) { d.shares.resize(17); }) == Pointers{"/spec/shares"});
  CHECK(refusedAfter([](Definition& d) { d.interfaces.assign(9, {}); }) == Pointers{"/spec/interfaces"});
}

TEST_CASE("console and stop settings have bounds") {
  CHECK(refusedAfter([](Definition& d) { d.console.size = 64 * kKiB - 1; }) == Pointers{"/spec/console/size"});
  CHECK(refusedAfter([](Definition& d) { d.console.size = kGiB + 1; }) == Pointers{"/spec/console/size"});
  CHECK(refusedAfter([](Definition& d) { d.console.keep = 0; }) == Pointers{"/spec/console/keep"});
  CHECK(refusedAfter([](Definition& d) { d.console.keep = 101; }) == Pointers{"/spec/console/keep"});
  CHECK(refusedAfter([](Definition& d) { d.stop.timeout = Milliseconds(99); }) == Pointers{"/spec/stop/timeout"});
  CHECK(refusedAfter([](Definition& d) { d.stop.timeout = Milliseconds(3'600'001); }) ==
        Pointers{"/spec/stop/timeout"});
}

TEST_CASE("all errors come at once and the detail counts them") {
  Definition definition = good();
  definition.cpus = 0;
  definition.memory = 1;
  definition.console.keep = 0;

  const Result<void> valid = validate(definition);

  REQUIRE_FALSE(valid.has_value());
  CHECK(valid.error().errors.size() == 3);
  CHECK(valid.error().detail == "/spec/cpus 0 is out of range; give 1 to 256 (and 2 more)");
}

TEST_CASE("the console is put in front unless one is named") {
  CHECK(kernelCommandLine({"/k", {}, {}}) == "console=hvc0");
  CHECK(kernelCommandLine({"/k", {}, {"root=/dev/vda", "rw"}}) == "console=hvc0 root=/dev/vda rw");
  CHECK(kernelCommandLine({"/k", {}, {"quiet", "console=ttyS0,115200"}}) == "quiet console=ttyS0,115200");
  CHECK(kernelCommandLine({"/k", {}, {"quiet console=tty1"}}) == "quiet console=tty1");
  CHECK(kernelCommandLine({"/k", {}, {"netconsole=x"}}) == "console=hvc0 netconsole=x");
}

TEST_CASE("with a screen both consoles are named, the serial one last") {
  const Graphics screen{true, 1280, 800};

  CHECK(kernelCommandLine({"/k", {}, {"quiet"}}, screen) == "console=tty0 console=hvc0 quiet");
  CHECK(kernelCommandLine({"/k", {}, {"console=ttyS0"}}, screen) == "console=ttyS0");
}
