#include "daemon/domain/capabilities/kernel_image.hpp"

#include <doctest/doctest.h>

using namespace microvm;

namespace {

/// 4 KiB of zeros with these bytes at that place.
std::string headWith(std::string head, std::size_t at, std::string_view bytes) {
  if (head.empty()) head.assign(kKernelHead, '\0');
  return head.replace(at, bytes.size(), bytes);
}

std::string arm64Image() {
  return headWith(headWith("", 0, "MZ"), 0x38, "ARMd");
}

std::string elfFor(std::string_view machine) {
  constexpr std::string_view kElf{"\x7f\x45\x4c\x46", 4};
  return headWith(headWith("", 0, kElf), 18, machine);
}

/// An x86-64 program whose second program header names its linker.
std::string program() {
  std::string head = headWith(elfFor(std::string_view("\x3e\0", 2)), 32, "\x40");
  head = headWith(headWith(head, 54, "\x38"), 56, "\x02");
  return headWith(headWith(head, 0x40, "\x06"), 0x78, "\x03");
}

std::string zboot() {
  std::string head = headWith(headWith("", 0, "MZ"), 4, "zimg");
  head = headWith(head, 24, "zstd22");
  head = headWith(head, 0x3c, std::string_view("\x40\0\0\0", 4));
  return headWith(head, 0x40, std::string_view("PE\0\0\x64\xaa", 6));
}

std::string problem(const std::string& head, RunnerKind runner, Architecture architecture) {
  const Host host{runner == RunnerKind::Qemu ? HostSystem::Linux : HostSystem::Macos, architecture};
  return kernelProblem(identifyKernel(head), "/k", recordOf(usualTarget(runner, host))).value_or("");
}

std::string onMac(const std::string& head) {
  return problem(head, RunnerKind::Vfkit, Architecture::Arm64);
}

}  // namespace

TEST_CASE("kernels that boot are taken") {
  CHECK(onMac(arm64Image()).empty());
  CHECK(problem(arm64Image(), RunnerKind::Qemu, Architecture::Arm64).empty());
  CHECK(problem(headWith("", 0x202, "HdrS"), RunnerKind::Vfkit, Architecture::Amd64).empty());
  CHECK(problem(headWith("", 0x202, "HdrS"), RunnerKind::Qemu, Architecture::Amd64).empty());
}

TEST_CASE("a compressed kernel is named, with the way to unpack it") {
  CHECK(onMac(headWith("", 0, "\x1f\x8b")) ==
        "/k is a file compressed with gzip: vfkit boots only an uncompressed kernel on Apple silicon; unpack it: gzip "
        "-dc /k > /k.unpacked");
  CHECK(onMac(headWith("", 0, "\x28\xb5\x2f\xfd")).ends_with("unpack it: zstd -dc /k > /k.unpacked"));
  CHECK(onMac(headWith("", 0, "\x04\x22\x4d\x18")).ends_with("unpack it: lz4 -dc /k > /k.unpacked"));
  CHECK(onMac(headWith("", 0, "\x02\x21\x4c\x18")).find("compressed with lz4") != std::string::npos);
  CHECK(onMac(headWith("", 0, "\xfd\x37\x7a\x58\x5a")).ends_with("unpack it: xz -dc /k > /k.unpacked"));
  CHECK(onMac(headWith("", 0, "BZh9")).ends_with("unpack it: bzip2 -dc /k > /k.unpacked"));
  CHECK(onMac(headWith("", 0, "\x5d")).ends_with("unpack it: xz -dc --format=lzma /k > /k.unpacked"));
  CHECK(onMac(zboot()) ==
        "/k is an EFI program for arm64 with a kernel compressed with zstd in it: vfkit boots only an uncompressed "
        "kernel on Apple silicon; take the distribution's uncompressed Image, or cut the payload out with the kernel's "
        "scripts/extract-vmlinux and unpack it with zstd -dc");
}

TEST_CASE("the command that unpacks a kernel is words of a shell") {
  const auto problem =
      kernelProblem(identifyKernel(headWith("", 0, "\x1f\x8b")), "/tmp/k g.gz",
                    recordOf(usualTarget(RunnerKind::Vfkit, {HostSystem::Macos, Architecture::Arm64})));

  REQUIRE(problem);
  CHECK(problem->ends_with("unpack it: gzip -dc '/tmp/k g.gz' > '/tmp/k g.gz.unpacked'"));
}

TEST_CASE("a kernel of another architecture is named") {
  CHECK(onMac(headWith("", 0x202, "HdrS")) ==
        "/k is a bzImage for x86-64, and the host is arm64: vfkit runs guests of the host's own architecture only; use "
        "a kernel and images for the host's architecture");
  CHECK(problem(arm64Image(), RunnerKind::Qemu, Architecture::Amd64)
            .starts_with("/k is an uncompressed Image for arm64, and the host is x86-64: vfkit-qemu runs guests"));
  CHECK(problem(elfFor(std::string_view("\xb7\0", 2)), RunnerKind::Qemu, Architecture::Amd64)
            .starts_with("/k is an ELF file for arm64"));
  CHECK(problem(elfFor(std::string_view("\x3e\0", 2)), RunnerKind::Qemu, Architecture::Amd64).empty());
}

TEST_CASE("what is no kernel is told what one is") {
  CHECK(problem(program(), RunnerKind::Qemu, Architecture::Amd64) ==
        "/k is a program for x86-64; give the bzImage of an x86-64 kernel, such as /boot/vmlinuz");
  CHECK(onMac("hello") == "/k is no kernel that is known here; give the uncompressed Image of an arm64 kernel");
  CHECK(problem("", RunnerKind::Qemu, Architecture::Amd64) ==
        "/k is no kernel that is known here; give the bzImage of an x86-64 kernel, such as /boot/vmlinuz");
}
