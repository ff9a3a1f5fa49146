#include "daemon/wire/definition_json.hpp"

#include <array>
#include <random>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "api/wire/json.hpp"
#include "daemon/domain/mac.hpp"

using namespace microvm;
using Json = nlohmann::ordered_json;

namespace {

const char* const kSmallest = R"({"metadata":{"name":"web"},"spec":{"boot":{"linux":{"kernel":"/k"}}}})";

const char* const kFull = R"({
  "metadata": {"name": "web", "labels": {"team": "infra"}},
  "spec": {
    "runner": "qemu", "cpus": 2, "memory": "1GiB",
    "boot": {"linux": {"kernel": "/boot/Image", "initrd": "/boot/initrd", "cmdline": ["root=/dev/vda", "rw"]}},
    "volumes": [{"image": "/i/root.img", "size": "8GiB", "autoCreate": true, "readOnly": false, "serial": "root"},
                {"image": "/i/data.img", "size": 1048576}],
    "shares": [{"tag": "src", "source": "/home/me/src"}],
    "interfaces": [{"type": "nat", "mac": "02-00-00-01-01-0A"}, {"type": "nat"}],
    "console": {"size": "1MiB", "keep": 2},
    "stop": {"timeout": "90s", "escalate": false},
    "logLevel": "debug"}})";

std::vector<FieldError> errorsOf(std::string_view text) {
  const auto definition = definitionFromJson(parseJson(text).value());
  REQUIRE_FALSE(definition.has_value());
  CHECK(definition.error().code == Errc::Invalid);
  return definition.error().errors;
}

/// The smallest definition with this put into its spec.
std::vector<FieldError> errorsWith(const std::string& member) {
  return errorsOf(R"({"metadata":{"name":"web"},"spec":{"boot":{"linux":{"kernel":"/k"}},)" + member + "}}");
}

using Random = std::mt19937_64;

std::uint64_t pick(Random& random, std::uint64_t below) {
  return random() % below;
}

std::string randomText(Random& random, std::size_t most) {
  static const std::array<std::string, 8> kPieces{"a", "Z", "=", " x", "'", "\xc3\xa9", "\xf0\x9f\x98\x80", "\\"};
  std::string text = "t";
  for (std::size_t i = pick(random, most); i > 0; --i)
    text += kPieces[pick(random, kPieces.size())];
  return text;
}

std::string randomPath(Random& random) {
  return "/" + randomText(random, 20) + std::to_string(random());
}

void addDevices(Random& random, Definition& definition) {
  for (std::uint64_t i = pick(random, 17); i > 0; --i) {
    Volume volume{randomPath(random), {}, false, false, {}};
    if (pick(random, 2) == 0) volume.size = kMiB + 512 * pick(random, 100'000);
    if (volume.size) volume.autoCreate = pick(random, 2) == 0;
    if (!volume.autoCreate) volume.readOnly = pick(random, 2) == 0;
    if (pick(random, 2) == 0) volume.serial = "s-" + std::to_string(i);
    definition.volumes.push_back(volume);
  }
  for (std::uint64_t i = pick(random, 17); i > 0; --i) {
    definition.shares.push_back({std::to_string(i) + randomText(random, 5), randomPath(random)});
  }
  for (std::uint64_t i = pick(random, 9); i > 0; --i) {
    std::array<std::uint8_t, 6> bytes{};
    for (auto& byte : bytes)
      byte = static_cast<std::uint8_t>(random());
    definition.interfaces.push_back({InterfaceType::Nat, pick(random, 3) == 0 ? std::string() : makeMac(bytes)});
  }
}

Definition randomDefinition(Random& random) {
  Definition definition;
  definition.name = "vm-" + std::to_string(random());
  for (std::uint64_t i = pick(random, 5); i > 0; --i)
    definition.labels["k/" + std::to_string(random())] = "v";
  definition.runner = static_cast<RunnerKind>(pick(random, 3));
  definition.cpus = 1 + static_cast<unsigned>(pick(random, 256));
  definition.memory = (64 + pick(random, 1024 * 1024 - 64)) * kMiB;
  definition.boot.kernel = randomPath(random);
  if (pick(random, 2) == 0) definition.boot.initrd = randomPath(random);
  for (std::uint64_t i = pick(random, 40); i > 0; --i)
    definition.boot.cmdline.push_back(randomText(random, 8));
  addDevices(random, definition);
  definition.console = {64 * kKiB + pick(random, kGiB - 64 * kKiB), 1 + static_cast<unsigned>(pick(random, 100))};
  definition.stop = {Milliseconds(1'000 + pick(random, 3'599'000)), pick(random, 2) == 0};
  definition.logLevel = static_cast<RunnerLogLevel>(pick(random, 3));
  return definition;
}

}  // namespace

TEST_CASE("the smallest definition gets the defaults") {
  Definition expected;
  expected.name = "web";
  expected.boot.kernel = "/k";

  const auto definition = definitionFromJson(parseJson(kSmallest).value());

  REQUIRE(definition.has_value());
  CHECK(*definition == expected);
}

TEST_CASE("every member is read") {
  Definition expected;
  expected.name = "web";
  expected.labels = {{"team", "infra"}};
  expected.runner = RunnerKind::Qemu;
  expected.cpus = 2;
  expected.memory = kGiB;
  expected.boot = {"/boot/Image", "/boot/initrd", {"root=/dev/vda", "rw"}};
  expected.volumes = {{"/i/root.img", 8 * kGiB, true, false, "root"}, {"/i/data.img", kMiB, false, false, ""}};
  expected.shares = {{"src", "/home/me/src"}};
  expected.interfaces = {{InterfaceType::Nat, "02:00:00:01:01:0a"}, {InterfaceType::Nat, ""}};
  expected.console = {kMiB, 2};
  expected.stop = {Milliseconds(90'000), false};
  expected.logLevel = RunnerLogLevel::Debug;

  const auto definition = definitionFromJson(parseJson(kFull).value());

  REQUIRE(definition.has_value());
  CHECK(*definition == expected);
}

TEST_CASE("any definition is read back as it was written") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const Definition definition = randomDefinition(random);

    const auto again = definitionFromJson(parseJson(definitionToJson(definition).dump()).value());

    REQUIRE(again.has_value());
    CHECK(*again == definition);
  }
}

TEST_CASE("what is written says the defaults too") {
  Definition definition;
  definition.name = "web";
  definition.boot.kernel = "/k";

  CHECK(definitionToJson(definition).dump() ==
        R"({"metadata":{"name":"web","labels":{}},"spec":{"runner":"auto","cpus":1,"memory":"512MiB",)"
        R"("boot":{"linux":{"kernel":"/k","cmdline":[]}},"volumes":[],"shares":[],"interfaces":[],)"
        R"("console":{"size":"8MiB","keep":4},"stop":{"timeout":"30s","escalate":true},"logLevel":"info"}})");
}

TEST_CASE("memory without a unit is refused, as a number and as text") {
  CHECK(
      errorsWith(R"("memory":512)") ==
      std::vector<FieldError>{{"/spec/memory", "512 has no unit; write the memory with one, such as 512MiB or 2GiB"}});
  CHECK(errorsWith(R"("memory":"536870912")").size() == 1);
  CHECK(errorsWith(R"("memory":"512MB")").size() == 1);
}

TEST_CASE("an empty object names what is required, once each") {
  CHECK(errorsOf("{}") == std::vector<FieldError>{{"/metadata", "is required"}, {"/spec", "is required"}});
  CHECK(errorsOf(R"({"metadata":{},"spec":{}})") ==
        std::vector<FieldError>{{"/metadata/name", "is required"}, {"/spec/boot", "is required"}});
}

TEST_CASE("what is no object is one error") {
  CHECK(errorsOf("[]").size() == 1);
}

TEST_CASE("members of later versions are unknown") {
  for (const char* member : {"autostart", "restart", "vsock", "graphics", "nested"}) {
    const auto errors = errorsWith("\"" + std::string(member) + "\":{}");
    REQUIRE(errors.size() == 1);
    CHECK(errors.front().pointer == "/spec/" + std::string(member));
  }
}

TEST_CASE("problems of form and of value come together") {
  const auto errors = errorsOf(
      R"({"metadata":{"name":"W"},"spec":{"cpus":0,"memory":"x","boot":{"linux":{"kernel":3,"cmdLine":[]}},
          "volumes":[{"image":"rel"},{"size":true}],"stop":{"timeout":"5"},"interfaces":[{}]}})");

  std::vector<std::string> pointers;
  for (const FieldError& error : errors)
    pointers.push_back(error.pointer);
  CHECK(pointers == std::vector<std::string>{"/spec/memory", "/spec/boot/linux/kernel", "/spec/boot/linux/cmdLine",
                                             "/spec/volumes/1/image", "/spec/volumes/1/size", "/spec/interfaces/0/type",
                                             "/spec/stop/timeout", "/metadata/name", "/spec/cpus",
                                             "/spec/volumes/0/image"});
}
