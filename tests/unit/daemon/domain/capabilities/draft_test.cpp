#include "daemon/domain/capabilities/draft.hpp"

#include <doctest/doctest.h>

using namespace microvm;

namespace {

std::vector<std::string> pointersOf(const std::vector<FieldError>& errors) {
  std::vector<std::string> pointers;
  for (const FieldError& error : errors)
    pointers.push_back(error.pointer);
  return pointers;
}

using Pointers = std::vector<std::string>;

}  // namespace

TEST_CASE("nothing is said about a member that could not be read, nor about what is in it or around it") {
  std::vector<FieldError> told{{"/spec/boot/linux/kernel", "must be a string"}, {"/spec/memory", "x"}};

  addUntold(told, {{"/spec/boot/linux", "a"}, {"/spec/memory", "b"}, {"/spec/memory/x", "c"}, {"/spec/mem", "d"}});

  CHECK(pointersOf(told) == Pointers{"/spec/boot/linux/kernel", "/spec/memory", "/spec/mem"});
}

TEST_CASE("problems of form, of value and of the runner come together") {
  Draft draft;
  draft.definition.name = "Web";
  draft.definition.boot = LinuxBoot{"/k", {}, {}};
  draft.definition.balloon = true;
  draft.errors = {{"/spec/cpus", "must be a whole number, not a string"}};
  draft.asks = {{"/spec/user", Feature::User, ""}};

  const auto findings =
      judge(draft, recordOf(usualTarget(RunnerKind::Vfkit, {HostSystem::Macos, Architecture::Arm64})));

  CHECK(pointersOf(findings.errors) == Pointers{"/spec/cpus", "/metadata/name", "/spec/balloon", "/spec/user"});
}
