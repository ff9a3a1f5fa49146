#include "daemon/domain/device_rules.hpp"

#include <functional>

#include <doctest/doctest.h>

using namespace microvm;

namespace {

std::vector<std::string> problems(const std::function<void(std::vector<FieldError>&)>& check) {
  std::vector<FieldError> errors;
  check(errors);
  std::vector<std::string> texts;
  for (const FieldError& error : errors)
    texts.push_back(error.pointer + " " + error.detail);
  return texts;
}

std::vector<std::string> vsockProblems(const Definition& definition) {
  return problems([&](auto& errors) { checkVsock(definition, errors); });
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an interface on a helper's socket has its path, another has none") {
  const auto of = [](Interface interface) {
    return problems([&](auto& errors) { checkInterfaces({interface}, errors); });
  };

  CHECK(of({InterfaceType::Unixgram, "", "/run/net.sock"}).empty());
  CHECK(of({InterfaceType::Unixgram, "", ""}) == Texts{"/spec/interfaces/0/path is empty; give an absolute path"});
  CHECK(of({InterfaceType::Nat, "", "/run/net.sock"}) ==
        Texts{"/spec/interfaces/0/path is for type unixgram; leave it out, or set the type"});
  CHECK(of({InterfaceType::Unixgram, "", "/run/my net.sock"}) ==
        Texts{"/spec/interfaces/0/path the name \"my net.sock\" has a character that a runner would read as something "
              "else; use only A-Z, a-z, 0-9, ., _, @, :, +, ~ and -"});
}

TEST_CASE("an interface with a descriptor has a helper, another has none") {
  const auto of = [](std::vector<std::string> helper, InterfaceType type = InterfaceType::Fd) {
    return problems([&](auto& errors) { checkInterfaces({{type, "", "", helper}}, errors); });
  };

  CHECK(of({"/opt/helper", "--fd", "3", ""}).empty());
  CHECK(of({}) == Texts{"/spec/interfaces/0/helper is missing: the program that serves the interface, and its "
                        "arguments; it finds its end of the pair of sockets as descriptor 3"});
  CHECK(of({"helper"}).front().find("/spec/interfaces/0/helper/0") == 0);
  CHECK(of({"/opt/helper", std::string("a\0b", 3)}) ==
        Texts{"/spec/interfaces/0/helper/1 is no argument of a program: a NUL in it, or too long"});
  CHECK(of({"/opt/helper", std::string(4097, 'a')}).size() == 1);
  CHECK(of(std::vector<std::string>(65, "/a")).size() == 1);
  CHECK(of({"/opt/helper"}, InterfaceType::Nat) ==
        Texts{"/spec/interfaces/0/helper is for type fd; leave it out, or set the type"});
}

TEST_CASE("two interfaces do not share a helper's socket") {
  const Interface interface { InterfaceType::Unixgram, "", "/run/net.sock" };

  CHECK(problems([&](auto& errors) {
          checkInterfaces({interface, interface}, errors);
        }) == Texts{"/spec/interfaces/1/path \"/run/net.sock\" is used by interfaces/0 already; each needs its own"});
}

TEST_CASE("rosetta's tag is a tag, and no share's") {
  const auto of = [](Rosetta rosetta) {
    return problems([&](auto& errors) { checkShares({{"src", "/src", "", false}}, rosetta, errors); });
  };

  CHECK(of({true, "rosetta", "/run/rosetta", true, true}).empty());
  CHECK(of({true, "src", "/run/rosetta", false, false}) ==
        Texts{"/spec/rosetta/mountTag \"src\" is used by shares/0 already; each needs its own"});
  CHECK(of({true, "a,b", "", false, false}) ==
        Texts{"/spec/rosetta/mountTag \"a,b\" has a comma, at which vfkit splits; use another character"});
  CHECK(of({false, "a,b", "/run/rosetta", false, false}).size() == 1);
  CHECK(of({false, "src", "/run/rosetta", false, false}).empty());
  CHECK(of({false, "", "", false, false}) ==
        Texts{"/spec/rosetta/mountTag \"\" is empty; the guest mounts the share by its tag"});
}

TEST_CASE("vsock ports are ports, used once in a direction") {
  Definition definition;
  definition.vsock = {{0, VsockDirection::Connect, ""},
                      {4294967295U, VsockDirection::Listen, ""},
                      {22, VsockDirection::Connect, "/a.sock"},
                      {22, VsockDirection::Listen, "/./a.sock"},
                      {22, VsockDirection::Listen, ""}};
  definition.timesync = Timesync{0};

  CHECK(vsockProblems(definition) ==
        Texts{"/spec/timesync/vsockPort 0 is no vsock port; give 1 to 4294967294",
              "/spec/vsock/0/port 0 is no vsock port; give 1 to 4294967294",
              "/spec/vsock/1/port 4294967295 is no vsock port; give 1 to 4294967294",
              "/spec/vsock/3/socket \"/a.sock\" is used by vsock/2 already; each needs its own",
              "/spec/vsock/4/port \"listen 22\" is used by vsock/3 already; each needs its own"});
}

TEST_CASE("the port that Ignition asks at is its own") {
  Definition definition;
  definition.vsock = {{1024, VsockDirection::Listen, ""}, {1024, VsockDirection::Connect, ""}};
  CHECK(vsockProblems(definition).empty());

  definition.ignition = "/config.ign";

  CHECK(vsockProblems(definition) ==
        Texts{"/spec/vsock/0/port 1024 is where Ignition asks for its configuration; drop one of the two"});
}

TEST_CASE("a screen has a size that makes sense") {
  CHECK(problems([](auto& errors) {
          checkGraphics({true, 0, 20'000}, errors);
        }) == Texts{"/spec/graphics/width 0 is out of range; give 64 to 16384",
                    "/spec/graphics/height 20000 is out of range; give 64 to 16384"});
}
