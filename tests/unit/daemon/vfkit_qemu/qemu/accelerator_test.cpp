#include "daemon/vfkit_qemu/qemu/accelerator.hpp"

#include <cstdlib>
#include <thread>

#include <doctest/doctest.h>

#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;

namespace {

const AcceleratorKey kHost{"/usr/bin/qemu 1 2", "6.1 boot-1", "/dev/kvm 3"};

}  // namespace

TEST_CASE("KVM is used where the probe's guest ran, and only there") {
  const test::TempDir folder;

  CHECK(chooseKvm(kHost, VerdictCache(folder / "yes"), [] { return true; }) == Accelerator::Kvm);
  CHECK(chooseKvm(kHost, VerdictCache(folder / "no"), [] { return false; }) == Accelerator::Tcg);
}

TEST_CASE("a verdict is asked for once") {
  const test::TempDir folder;
  const VerdictCache cache(folder / "cache/deep/verdict");
  int asked = 0;
  const auto probe = [&] { return ++asked > 100; };

  CHECK(chooseKvm(kHost, cache, probe) == Accelerator::Tcg);
  CHECK(chooseKvm(kHost, cache, probe) == Accelerator::Tcg);
  CHECK(asked == 1);
}

TEST_CASE("another QEMU, another boot and another device each need a verdict of their own") {
  const std::vector<AcceleratorKey> others{{"/usr/bin/qemu 9 2", kHost.kernel, kHost.device},
                                           {kHost.qemu, "6.1 boot-2", kHost.device},
                                           {kHost.qemu, kHost.kernel, "/dev/kvm 4"}};

  for (const AcceleratorKey& other : others) {
    const test::TempDir folder;
    const VerdictCache cache(folder / "verdict");
    cache.store(kHost, true);
    CHECK(cache.find(kHost) == true);
    CHECK_FALSE(cache.find(other));
    CHECK(chooseKvm(other, cache, [] { return false; }) == Accelerator::Tcg);
  }
}

TEST_CASE("a cache that is broken or cannot be written remembers nothing") {
  const test::TempDir folder;
  const std::string broken = folder.write("broken", "usable\nhalf a li");
  const std::string inFile = folder.write("file", "") + "/verdict";

  CHECK_FALSE(VerdictCache(broken).find(kHost));
  for (const std::string& path : {inFile, std::string("/proc/no/verdict"), std::string()}) {
    const VerdictCache cache(path);
    cache.store(kHost, true);
    CHECK_FALSE(cache.find(kHost));
  }
}

TEST_CASE("while one finds a verdict the others wait for it") {
  const test::TempDir folder;
  const VerdictCache cache(folder / "verdict");
  auto held = cache.lock();
  REQUIRE(held);
  std::thread other([&] {
    cache.store(kHost, true);
    held.reset();
  });

  const auto chosen = chooseKvm(kHost, cache, [] { return false; });
  other.join();

  CHECK(chosen == Accelerator::Kvm);
}

TEST_CASE("one who never comes to a verdict is not waited for") {
  const test::TempDir folder;
  const VerdictCache cache(folder / "verdict", Milliseconds(1));
  const auto held = cache.lock();

  CHECK(chooseKvm(kHost, cache, [] { return true; }) == Accelerator::Kvm);
}

TEST_CASE("the cache is one of the user") {
  CHECK(VerdictCache::defaultPath().ends_with("/microvm/accelerator"));
}

TEST_CASE("a host without QEMU or without KVM emulates") {
  // The program says nothing of what the probe waits for.
  const test::TempDir folder;
  ::setenv("XDG_CACHE_HOME", folder.path().c_str(), 1);

  const auto chosen = hostAccelerator("/bin/true", test::builtProgram("vfkit-qemu"));

  CHECK(chosen.accelerator == Accelerator::Tcg);
  CHECK(chosen.why.starts_with("/dev/kvm "));
}

TEST_CASE("an emulated processor takes guests of guests, Apple's does not") {
  CHECK(checkNested({Architecture::Amd64, Accelerator::Tcg}));
  CHECK(checkNested({Architecture::Arm64, Accelerator::Tcg}));
  CHECK(checkNested({Architecture::Arm64, Accelerator::Hvf}).error().detail ==
        "nested virtualization is not supported: QEMU has no way to it on macOS");
  CHECK(checkNested({Architecture::Arm64, Accelerator::Kvm}).error().detail ==
        "nested virtualization is not supported: KVM on arm64 does not hand it on to QEMU's guests");
}
