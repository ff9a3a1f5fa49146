#include "daemon/runner/vfkit/command_line_parser.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::vfkit;

namespace {

const std::vector<std::string> kBoot{"--kernel", "/k", "--initrd", "/i", "--kernel-cmdline", "x"};

Result<Options> parse(std::vector<std::string> words) {
  words.insert(words.begin(), kBoot.begin(), kBoot.end());
  return parseCommandLine(words);
}

}  // namespace

TEST_CASE("short flags may carry their value, follow it or cluster") {
  const auto options = parse({"-c4", "-m=1024", "-nd", "virtio-rng"});

  REQUIRE(options);
  CHECK(options->cpus == 4);
  CHECK(options->memoryMiB == 1024);
  CHECK(options->nested);
  CHECK(options->devices.size() == 1);
}

TEST_CASE("the last of a repeated flag wins and words without a dash are ignored") {
  const auto options = parse({"--cpus", "2", "word", "--cpus", "3", "--", "--bogus"});

  REQUIRE(options);
  CHECK(options->cpus == 3);
}

TEST_CASE("flag errors have pflag's words") {
  CHECK(parse({"--bogus"}).error().detail == "unknown flag: --bogus");
  CHECK(parse({"-x"}).error().detail == "unknown shorthand flag: 'x' in -x");
  CHECK(parse({"--cpus"}).error().detail == "flag needs an argument: --cpus");
  CHECK(parse({"-c"}).error().detail == "flag needs an argument: 'c' in -c");
  CHECK(parse({"---c"}).error().detail == "bad flag syntax: ---c");
  CHECK(parse({"--cpus=-1"}).error().detail ==
        "invalid argument \"-1\" for \"-c, --cpus\" flag: strconv.ParseUint: parsing \"-1\": invalid syntax");
  CHECK(parse({"--gui=maybe"}).error().detail ==
        "invalid argument \"maybe\" for \"--gui\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax");
}

TEST_CASE("a kernel needs all three of its flags and no bootloader") {
  CHECK(parseCommandLine(std::vector<std::string>{"--kernel", "/k"}).error().detail ==
        "if any flags in the group [kernel initrd kernel-cmdline] are set they must all be set; missing [initrd "
        "kernel-cmdline]");
  CHECK(parse({"--bootloader", "efi"}).error().detail ==
        "if any flags in the group [initrd bootloader] are set none of the others can be; [bootloader initrd] were all "
        "set");
  CHECK(parseCommandLine(std::vector<std::string>{}).error().detail ==
        "empty option list in --bootloader command line argument");
}

TEST_CASE("help and version need no machine") {
  CHECK(parseCommandLine(std::vector<std::string>{"--help"})->request == Request::Help);
  CHECK(parseCommandLine(std::vector<std::string>{"-v"})->request == Request::Version);
}

TEST_CASE("log levels are error, info and debug") {
  CHECK(parse({"--log-level", "debug"})->verbosity == Verbosity::Debug);
  CHECK(parse({"--log-level", ""})->verbosity == Verbosity::Info);
  CHECK(parse({"--log-level", "warn"}).error().detail == "unknown log level: warn");
}

TEST_CASE("a missing disk image is named") {
  CHECK(parse({"--device", "virtio-blk,path=/nowhere/disk"}).error().detail ==
        "failed to open file /nowhere/disk: open /nowhere/disk: no such file or directory");
  CHECK(parse({"--device", "virtio-blk,path=/dev/null"}).error().detail ==
        "failed to read the header of file /dev/null: EOF");
  CHECK(parse({"--device", "virtio-blk,path=/tmp"}).error().detail ==
        "failed to read the header of file /tmp: read /tmp: is a directory");
}

TEST_CASE("timesync wants a port and ignition a path without commas") {
  CHECK(parse({"--timesync", "vsockPort=7"})->timesyncPort == 7u);
  CHECK_FALSE(parse({"--timesync", "vsockPort=0"}));
  CHECK_FALSE(parse({"--timesync", "port=7"}));
  CHECK_FALSE(parse({"--ignition", "/a,b"}));
}
