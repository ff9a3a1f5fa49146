#include "daemon/wire/foreign_members.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "api/wire/json.hpp"
#include "daemon/domain/capabilities/draft.hpp"
#include "daemon/wire/definition_json.hpp"

using namespace microvm;

namespace {

using Texts = std::vector<std::string>;

/// What is refused for vfkit on a Mac after this has been put into the smallest spec.
Texts refused(const std::string& members) {
  const auto json =
      parseJson(R"({"metadata":{"name":"web"},"spec":{"boot":{"linux":{"kernel":"/k"}},)" + members + "}}");
  const Draft draft = draftFromJson(json.value());
  Texts texts;
  const auto record = recordOf(usualTarget(RunnerKind::Vfkit, {HostSystem::Macos, Architecture::Arm64}));
  for (const FieldError& error : judge(draft, record).errors)
    texts.push_back(error.pointer + ": " + error.detail);
  return texts;
}

Texts pointersOf(const Texts& texts) {
  Texts pointers;
  for (const auto& text : texts)
    pointers.push_back(text.substr(0, text.find(':')));
  return pointers;
}

}  // namespace

TEST_CASE("what a record answers is answered at its own place") {
  CHECK(refused(R"("user":"web")") ==
        Texts{"/spec/user: vfkit runs as the daemon's user and cannot change to another; run a microvmd as that user"});
  CHECK(pointersOf(refused(R"("devices":[{"bus":"pci"}],"credentialFiles":{"a":"/a"},"vsock":{"cid":3},
      "shares":[{"tag":"a","source":"/a","proto":"9p"}],
      "interfaces":[{"type":"tap","id":"vm-a"},{"type":"macvtap"},{"type":"bridge","bridge":"br0"}],
      "volumes":[{"image":"/a","imageType":"qcow2"}])")) ==
        Texts{"/spec/interfaces/0/id", "/spec/devices", "/spec/credentialFiles", "/spec/vsock/cid",
              "/spec/volumes/0/imageType", "/spec/shares/0/proto", "/spec/interfaces/0/type", "/spec/interfaces/1/type",
              "/spec/interfaces/2/type"});
}

TEST_CASE("words of elsewhere are answered with the word that is meant") {
  CHECK(refused(R"("vcpu":4,"mem":512)") == Texts{"/spec/vcpu: vcpu has the name cpus here",
                                                  "/spec/mem: mem has the name memory here, with a unit: 512MiB"});
  CHECK(refused(R"("interfaces":[{"type":"user"}])") ==
        Texts{"/spec/interfaces/0/type: \"user\" has the name nat here"});
  CHECK(refused(R"("preStart":"x")")[0].starts_with("/spec/preStart: preStart is nothing here"));
  CHECK(refused(R"("graphics":{"enable":true,"backend":"gtk"})") ==
        Texts{"/spec/graphics/backend: backend cannot be chosen: the runner opens the window; leave it out"});
}

TEST_CASE("a definition that asks for such things is never kept") {
  const auto json =
      parseJson(R"({"metadata":{"name":"web"},"spec":{"boot":{"linux":{"kernel":"/k"}},"user":"x"}})").value();

  const auto definition = definitionFromJson(json);

  REQUIRE_FALSE(definition.has_value());
  CHECK(definition.error().errors[0].pointer == "/spec/user");
}

TEST_CASE("other unknown members are refused as before") {
  CHECK(refused(R"("colour":"red")") == Texts{"/spec/colour: \"colour\" is not a member that is known here"});
  CHECK(refused(R"("shares":3,"vsock":"x")").size() == 2);
}
