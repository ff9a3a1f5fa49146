#include "daemon/vfkit_qemu/preflight.hpp"

#include <filesystem>
#include <functional>

#include <doctest/doctest.h>

#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;

namespace {

vfkit::Options with(vfkit::Device device) {
  vfkit::Options options;
  options.bootloader = vfkit::LinuxBoot{};
  options.devices.push_back(std::move(device));
  return options;
}

vfkit::Options changed(const std::function<void(vfkit::Options&)>& change) {
  vfkit::Options options;
  options.bootloader = vfkit::LinuxBoot{};
  change(options);
  return options;
}

std::string whyUnsupported(const vfkit::Options& options) {
  const auto checked = checkSupported(options);
  return checked ? "" : checked.error().detail;
}

vfkit::Disk disk(const std::string& path) {
  vfkit::Disk made;
  made.path = path;
  return made;
}

vfkit::Disk onBus(vfkit::DiskBus bus) {
  vfkit::Disk made;
  made.bus = bus;
  return made;
}

vfkit::Nbd block(const std::string& uri, const std::string& deviceId) {
  vfkit::Nbd made;
  made.uri = uri;
  made.deviceId = deviceId;
  return made;
}

vfkit::Net nat(const std::string& mac) {
  vfkit::Net made;
  made.mac = mac;
  return made;
}

/// Files that pass, to be spoilt one by one.
class Files {
public:
  explicit Files(Architecture architecture = Architecture::Amd64) : architecture_(architecture) {
    boot.kernel = folder.write("kernel",
                               "\x7f"
                               "ELF and more");
    boot.initrd = folder.write("initrd", "cpio");
  }

  std::string why(std::vector<vfkit::Device> devices = {}) {
    options.bootloader = boot;
    options.devices = std::move(devices);
    const auto checked = checkFiles(options, architecture_);
    return checked ? "" : checked.error().detail;
  }

  test::TempDir folder;
  vfkit::LinuxBoot boot;
  vfkit::Options options;

private:
  Architecture architecture_;
};

}  // namespace

TEST_CASE("what a guest of ours can have passes") {
  vfkit::Disk named;
  named.deviceId = "exactly-twenty-bytes";
  vfkit::Rosetta optional;
  optional.ignoreIfMissing = true;

  for (const vfkit::Device& device :
       {vfkit::Device(named), vfkit::Device(onBus(vfkit::DiskBus::Nvme)), vfkit::Device(onBus(vfkit::DiskBus::Usb)),
        vfkit::Device(block("nbd://host/export", "data")), vfkit::Device(vfkit::Share{}), vfkit::Device(nat("")),
        vfkit::Device(nat("02:00:00:00:00:01")), vfkit::Device(vfkit::Serial{}), vfkit::Device(vfkit::Rng{}),
        vfkit::Device(vfkit::Balloon{}), vfkit::Device(vfkit::Gpu{}), vfkit::Device(vfkit::Input{"keyboard"}),
        vfkit::Device(vfkit::Vsock{}), vfkit::Device(optional)})
    CHECK(whyUnsupported(with(device)).empty());
}

TEST_CASE("what vfkit has and we have not is refused with the reason") {
  CHECK(whyUnsupported(with(vfkit::Rosetta{})) ==
        "rosetta is not supported by vfkit-qemu: it is a part of macOS; add ignore-if-missing to go on without");
  CHECK(whyUnsupported(changed([](auto& options) { options.bootloader = vfkit::MacosBoot{}; })) ==
        "the macos bootloader is not supported by vfkit-qemu: macOS guests need a Mac");
  CHECK(whyUnsupported(with(vfkit::Gpu{20000, 10})) == "virtio-gpu of 20000x10 is too large, 16384x16384 at most");
}

TEST_CASE("a network disk has an address and an identity") {
  CHECK(whyUnsupported(with(block("nbds://h/x", "a"))) ==
        "nbd uri nbds://h/x cannot be used: vfkit-qemu speaks no TLS to block servers; use nbd through a tunnel of "
        "yours");
  CHECK(whyUnsupported(with(block("nbd://h/x", ""))) == "nbd nbd://h/x needs a deviceId without \"/\": \"\"");
  CHECK(whyUnsupported(with(block("nbd://h/x", "a/b"))) == "nbd nbd://h/x needs a deviceId without \"/\": \"a/b\"");
  CHECK(whyUnsupported(with(block("nbd://h/x", "more-than-twenty-byte"))) ==
        "deviceId more-than-twenty-byte of nbd://h/x is 21 bytes long, 20 at most");
}

TEST_CASE("an interface has an Ethernet address of its own") {
  for (const std::string mac : {"01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "02:00:00:00:00:00:00:01"})
    CHECK(whyUnsupported(with(nat(mac))) ==
          "mac " + mac + " is not the address of one Ethernet interface: six bytes, the first even");
}

TEST_CASE("a disk's identity has room for twenty bytes") {
  auto named = disk("/d");
  named.deviceId = "more-than-twenty-byte";

  CHECK(whyUnsupported(with(named)) == "deviceId more-than-twenty-byte of /d is 21 bytes long, 20 at most");
}

TEST_CASE("a kernel and an initial RAM disk that are there pass") {
  Files files;
  CHECK(files.why().empty());
  std::string image(1024, '\0');
  image.replace(0x202, 4, "HdrS");
  files.boot.kernel = files.folder.write("bzImage", image);

  CHECK(files.why().empty());
}

TEST_CASE("a kernel that is not there or is none is named") {
  Files files;
  const std::string path = files.boot.kernel = files.folder / "none";
  CHECK(files.why() == "invalid kernel path: open " + path + ": no such file or directory");
  files.boot.kernel = files.folder.path();
  CHECK(files.why() == "invalid kernel path: " + files.folder.path() + " is not a file");
  for (const std::string text : {"", "text",
                                 "\x7f"
                                 "ELX"}) {
    files.boot.kernel = files.folder.write("text", text);
    CHECK(files.why() == files.boot.kernel + " is not a Linux kernel for x86_64: neither a bzImage nor an ELF vmlinux");
  }
}

TEST_CASE("a kernel for arm64 is an uncompressed image") {
  Files files(Architecture::Arm64);
  std::string image(2048, '\0');
  image.replace(0x38, 4, "ARMd");
  files.boot.kernel = files.folder.write("Image", image);
  CHECK(files.why().empty());
  files.boot.kernel = files.folder.write("Image.gz", "\x1f\x8b and so on");
  CHECK(files.why() == "kernel must be uncompressed, " + files.boot.kernel + " is a compressed file");
  files.boot.kernel = files.folder.write("vmlinux",
                                         "\x7f"
                                         "ELF");
  CHECK(files.why() == files.boot.kernel + " is not a Linux kernel image for arm64");
}

TEST_CASE("an initial RAM disk that is not there is named") {
  Files files;
  const std::string path = files.boot.initrd = files.folder / "none";

  CHECK(files.why() == "invalid initial RAM disk path: open " + path + ": no such file or directory");
}

TEST_CASE("a machine has processors and memory") {
  Files files;
  files.options.cpus = 0;
  CHECK(files.why() == "a machine needs at least one CPU: --cpus 0");
  files.options.cpus = 1;
  files.options.memoryMiB = 0;
  CHECK(files.why() == "a machine needs memory: --memory 0");
}

TEST_CASE("a disk's image is a file, or with type=dev a block device") {
  Files files;
  const auto image = files.folder.write("disk", "data");
  auto device = disk(image);
  device.type = "dev";

  CHECK(files.why({disk(image)}).empty());
  CHECK(files.why({device}) == image + " is not a block device");
  CHECK(files.why({disk("/dev/null")}) == "disk image /dev/null is not a file");
  CHECK(files.why({disk("/nonexistent")}) == "disk image /nonexistent cannot be used: no such file or directory");
}

TEST_CASE("an image that is written is used once") {
  Files files;
  const auto image = files.folder.write("disk", "data");
  const auto link = files.folder / "link";
  std::filesystem::create_symlink(image, link);
  auto readOnly = disk(link);
  readOnly.readOnly = true;

  CHECK(files.why({disk(image), disk(link)}) == "disk image " + link + " is given twice, and not readonly each time");
  CHECK(files.why({disk(image), readOnly}) == "disk image " + link + " is given twice, and not readonly each time");
  CHECK(files.why({readOnly, readOnly}).empty());
}

TEST_CASE("a shared folder is a folder with a tag of its own") {
  Files files;
  const auto file = files.folder.write("src/file", "");
  const auto folder = files.folder / "src";

  CHECK(files.why({vfkit::Share{folder, "a"}, vfkit::Share{folder, ""}}).empty());
  CHECK(files.why({vfkit::Share{folder, "a"}, vfkit::Share{folder, "a"}}) == "two shared folders have the mountTag a");
  CHECK(files.why({vfkit::Share{file, "a"}}) == "cannot share " + file + ": it is not a folder");
  CHECK(files.why({vfkit::Share{"/nonexistent", "a"}}) == "cannot share /nonexistent: no such file or directory");
  CHECK(files.why({vfkit::Share{folder, std::string(35, 't')}}).empty());
  CHECK(files.why({vfkit::Share{folder, std::string(36, 't')}}) ==
        "mountTag \"" + std::string(36, 't') + "\" of " + folder + " must have 1 to 35 bytes");
  CHECK(files.why({vfkit::Share{"/", ""}}) == "mountTag \"\" of / must have 1 to 35 bytes");
}
