#include "daemon/runner/vfkit/encoder.hpp"

#include <doctest/doctest.h>

using namespace microvm;

namespace {

const EncodeOptions kOptions{"/bin/vfkit", "/run/ab/vfkit.sock", "/share/empty.cpio"};

Definition small() {
  Definition definition;
  definition.name = "web";
  definition.boot = LinuxBoot{"/k", {}, {}};
  return definition;
}

std::vector<std::string> encoded(const Definition& definition) {
  auto words = encodeCommandLine(definition, kOptions);
  REQUIRE(words.has_value());
  return *words;
}

std::vector<std::string> refused(const Definition& definition, const EncodeOptions& options = kOptions) {
  const auto words = encodeCommandLine(definition, options);
  REQUIRE_FALSE(words.has_value());
  CHECK(words.error().code == Errc::Invalid);
  std::vector<std::string> pointers;
  for (const FieldError& error : words.error().errors)
    pointers.push_back(error.pointer);
  return pointers;
}

}  // namespace

TEST_CASE("the smallest definition boots with an empty initrd and a console") {
  CHECK(encoded(small()) == std::vector<std::string>{"/bin/vfkit", "--cpus", "1", "--memory", "512", "--log-level",
                                                     "info", "--kernel", "/k", "--initrd", "/share/empty.cpio",
                                                     "--kernel-cmdline", "console=hvc0", "--device", "virtio-rng",
                                                     "--device", "virtio-serial,pty", "--restful-uri",
                                                     "unix:///run/ab/vfkit.sock"});
}

TEST_CASE("devices come in the definition's order") {
  Definition definition = small();
  definition.cpus = 3;
  definition.memory = 2 * kGiB;
  definition.logLevel = RunnerLogLevel::Debug;
  definition.boot = LinuxBoot{"/a b,c", "/i \"q\"", {"console=ttyS0", "x=\"a b\""}};
  definition.volumes = {{ImageFile{"/v=1.img"}, "", true, "root"}, {ImageFile{"/v2 x.img"}}};
  definition.shares = {{"src", "/s", "", false}};
  definition.interfaces = {{InterfaceType::Nat, "02:00:00:01:01:01"}};

  CHECK(encoded(definition) == std::vector<std::string>{"/bin/vfkit",
                                                        "--cpus",
                                                        "3",
                                                        "--memory",
                                                        "2048",
                                                        "--log-level",
                                                        "debug",
                                                        "--kernel",
                                                        "/a b,c",
                                                        "--initrd",
                                                        "/i \"q\"",
                                                        "--kernel-cmdline",
                                                        "console=ttyS0 x=\"a b\"",
                                                        "--device",
                                                        "virtio-rng",
                                                        "--device",
                                                        "virtio-serial,pty",
                                                        "--device",
                                                        "virtio-blk,path=/v=1.img,readonly,deviceId=root",
                                                        "--device",
                                                        "virtio-blk,path=/v2 x.img",
                                                        "--device",
                                                        "virtio-fs,sharedDir=/s,mountTag=src",
                                                        "--device",
                                                        "virtio-net,nat,mac=02:00:00:01:01:01",
                                                        "--restful-uri",
                                                        "unix:///run/ab/vfkit.sock"});
}

TEST_CASE("the log level is never above info, which names the terminal") {
  Definition definition = small();
  definition.logLevel = RunnerLogLevel::Error;

  CHECK(encoded(definition)[6] == "info");
}

TEST_CASE("commas in device values are refused, all at once") {
  Definition definition = small();
  definition.volumes = {{ImageFile{"/a,b"}, "", false, "x,y"}};
  definition.shares = {{"t,u", "/s,t", "", false}};

  CHECK(refused(definition) == std::vector<std::string>{"/spec/volumes/0/image", "/spec/volumes/0/serial",
                                                        "/spec/shares/0/source", "/spec/shares/0/tag"});
}

TEST_CASE("stray bytes, NUL and empty values are refused") {
  Definition definition = small();
  definition.boot = LinuxBoot{std::string("/k\0x", 4), "/\xff", {}};
  definition.volumes = {{ImageFile{""}}};

  CHECK(refused(definition) ==
        std::vector<std::string>{"/spec/boot/linux/kernel", "/spec/boot/linux/initrd", "/spec/volumes/0/image"});
}

TEST_CASE("an interface without an address is refused") {
  Definition definition = small();
  definition.interfaces = {{InterfaceType::Nat, ""}};

  CHECK(refused(definition) == std::vector<std::string>{"/spec/interfaces/0/mac"});
}

TEST_CASE("the socket is escaped as a URI and not too long") {
  EncodeOptions options = kOptions;
  options.socketPath = "/run/50%?#x/s";

  CHECK(encodeCommandLine(small(), options).value().back() == "unix:///run/50%25%3F#x/s");

  for (const std::string& path : {"/" + std::string(103, 'a'), std::string("rel/s"), std::string()}) {
    options.socketPath = path;
    CHECK(refused(small(), options) == std::vector<std::string>{""});
  }
}
