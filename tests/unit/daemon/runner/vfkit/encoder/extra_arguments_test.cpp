#include "daemon/runner/vfkit/encoder/extra_arguments.hpp"

#include <doctest/doctest.h>

using namespace microvm;

namespace {

using Words = std::vector<std::string>;

Words problems(const Words& words, RunnerKind runner = RunnerKind::Vfkit) {
  Words texts;
  for (const FieldError& error : extraArgumentProblems(runner, words))
    texts.push_back(error.pointer.substr(std::string("/spec/extraArgs/").size()) + " " + error.detail);
  return texts;
}

}  // namespace

TEST_CASE("what the daemon does not manage is free") {
  CHECK(problems({}).empty());
  CHECK(problems({"--pidfile", "/run/p"}).empty());
  CHECK(problems({"--pidfile=/run/p", "--device", "virtio-serial,logFilePath=/tmp/log"}).empty());
  CHECK(problems({"-d", "virtio-serial,logFilePath=/tmp/log", "--new-flag", "value", "--new-switch"}).empty());
}

TEST_CASE("what has a member is set there") {
  CHECK(problems({"--cpus", "4"}) == Words{"0 --cpus is the daemon's: set cpus"});
  CHECK(problems({"-m", "4096"}) == Words{"0 --memory is the daemon's: set memory"});
  CHECK(problems({"--nested"}) == Words{"0 --nested is the daemon's: set nested"});
  CHECK(problems({"--restful-uri=none://"}) ==
        Words{"0 --restful-uri is the daemon's: the daemon speaks with the runner there"});
  CHECK(problems({"--device", "virtio-blk,path=/a"}) ==
        Words{"0 --device virtio-blk is the daemon's: add it to volumes"});
  CHECK(problems({"-dvirtio-net,nat"}) == Words{"0 --device virtio-net is the daemon's: add it to interfaces"});
  CHECK(problems({"--device=virtio-serial,stdio"}) ==
        Words{"0 --device virtio-serial is the daemon's: every VM has a console, and only logFilePath=PATH may be "
              "added"});
}

TEST_CASE("a log file is nothing but a log file, and a device has a name") {
  for (const char* serial : {"virtio-serial,logFilePath=", "virtio-serial,logFilePath=,pty",
                             "virtio-serial,logFilePath=/l,pty", "virtio-serial,stdio,logFilePath=/l"}) {
    CAPTURE(serial);
    CHECK(problems({"--device", serial}) ==
          Words{"0 --device virtio-serial is the daemon's: every VM has a console, and only logFilePath=PATH may be "
                "added"});
  }
  CHECK(problems({"--device="}) == Words{"0 --device needs the name of a device"});
}

TEST_CASE("all of them are told, in clusters and behind values too") {
  CHECK(problems({"--pidfile", "--cpus", "-nc4", "--log-level=debug"}) ==
        Words{"2 --nested is the daemon's: set nested", "3 --log-level is the daemon's: set logLevel"});
}

TEST_CASE("words that the runner would pass over are refused") {
  CHECK(problems({"word"}) == Words{"0 \"word\" is no flag, and the runner would pass over it"});
  CHECK(problems({"--", "--cpus"}) == Words{"0 -- would make the runner pass over all that follows",
                                            "1 --cpus needs a value", "1 --cpus is the daemon's: set cpus"});
  CHECK(problems({"--pidfile"}) == Words{"0 --pidfile needs a value"});
}

TEST_CASE("krunkit has flags of its own") {
  CHECK(problems({"--oem-string", "io.systemd.credential:a=b", "--log-file", "/l"}, RunnerKind::Krunkit).empty());
  CHECK(problems({"--krun-log-level", "5"}, RunnerKind::Krunkit) ==
        Words{"0 --krun-log-level is the daemon's: set logLevel"});
}
