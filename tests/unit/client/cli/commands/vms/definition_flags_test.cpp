#include "client/cli/commands/vms/definition_flags.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace microvm;
using namespace microvm::cli;
using Json = nlohmann::ordered_json;

namespace {

Result<Json> with(const Arguments& arguments) {
  Json definition{{"metadata", {{"name", "web"}}}, {"spec", Json::object()}};
  if (auto applied = applyFlags(definition, arguments, {"/here", "/home/me"}); !applied) {
    return std::move(applied).error();
  }
  return definition["spec"];
}

Arguments one(std::string_view flag, std::vector<std::string> values) {
  Arguments arguments;
  arguments.set(flag, std::move(values));
  return arguments;
}

}  // namespace

TEST_CASE("a volume's options become its members") {
  const auto spec =
      with(one("volume", {"a.img,size=8GiB,create,fs=ext4,label=root,serial=s,bus=virtio", "~/b.img,ro"}));

  REQUIRE(spec);
  CHECK(spec->at("volumes") ==
        Json::parse(R"([{"image":"/here/a.img","size":"8GiB","autoCreate":true,"fsType":"ext4","label":"root",
                         "serial":"s","bus":"virtio"},{"image":"/home/me/b.img","readOnly":true}])"));
  CHECK(with(one("volume", {"a.img,colour=red"})).error().code == Errc::Usage);
  CHECK(with(one("volume", {"a.img,label="})).error().code == Errc::Usage);
}

TEST_CASE("vsock ports connect unless they listen") {
  const auto spec = with(one("vsock", {"22", "8888,listen,socket=n.sock"}));

  REQUIRE(spec);
  CHECK(spec->at("vsock") == Json::parse(R"([{"port":22,"direction":"connect"},
                                             {"port":8888,"direction":"listen","socket":"/here/n.sock"}])"));
  for (const char* text : {"", "ssh", "22x", "-1", "22,both", "22,socket=", "99999999999"}) {
    CAPTURE(text);
    CHECK(with(one("vsock", {text})).error().code == Errc::Usage);
  }
}

TEST_CASE("switches set their member") {
  Arguments arguments;
  for (const char* flag : {"efi", "gui", "rosetta", "nested"})
    arguments.set(flag, {});

  const auto spec = with(arguments);

  REQUIRE(spec);
  CHECK(*spec ==
        Json::parse(R"({"graphics":{"enable":true},"rosetta":{"enable":true},"nested":true,"boot":{"efi":{}}})"));
}
