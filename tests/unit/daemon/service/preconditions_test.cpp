// What is asked at the same time: images that one VM only may use, and definitions that are changed meanwhile.
#include <algorithm>

#include <doctest/doctest.h>

#include "daemon/service/vm_service.hpp"
#include "tests/unit/daemon/service/fixture.hpp"

using namespace microvm;
using namespace microvm::test;

namespace {

using Outcome = std::optional<Result<VmView>>;

/// Begins it beside the others; the outcome is there once it has ended.
void begin(Fixture& f, Task<VmView> task, Outcome& outcome) {
  net::co_spawn(f.context, std::move(task), [&outcome](const std::exception_ptr& thrown, Result<VmView> result) {
    if (!thrown) outcome = std::move(result);
  });
}

void finish(Fixture& f, const std::vector<const Outcome*>& outcomes) {
  f.context.restart();
  const auto isOpen = [](const Outcome* one) { return !one->has_value(); };
  while (std::any_of(outcomes.begin(), outcomes.end(), isOpen) && f.context.run_one_for(kLong) != 0) {
  }
  for (const auto* one : outcomes)
    REQUIRE(one->has_value());
}

void createWithImage(Fixture& f, const std::string& name, const std::string& image) {
  auto definition = f.definition(name);
  definition.volumes.push_back({ImageFile{image}});
  REQUIRE(f.run(f.service.create(definition, "user")));
}

Asker onlyFor(std::vector<std::uint64_t> generations) {
  return {Cause("user"), std::move(generations)};
}

DefinitionChange moreCpus(const VmView& view) {
  DefinitionChange change{Draft(view.vm.definition), view.vm.generation};
  ++change.draft.definition.cpus;
  return change;
}

}  // namespace

TEST_CASE("of two VMs with one image that are started at the same time exactly one starts") {
  for (const bool isReversed : {false, true}) {
    CAPTURE(isReversed);
    Fixture f;
    const auto image = f.folder.file("disk.img", "data");
    createWithImage(f, "one", image);
    createWithImage(f, "two", image);
    Outcome first;
    Outcome second;

    begin(f, f.service.start(isReversed ? "two" : "one", "user"), first);
    begin(f, f.service.start(isReversed ? "one" : "two", "user"), second);
    finish(f, {&first, &second});

    REQUIRE(first->has_value() != second->has_value());
    const auto& refused = first->has_value() ? second->error() : first->error();
    const auto& winner = first->has_value() ? **first : **second;
    CHECK(refused.code == Errc::InUse);
    CHECK(refused.detail == "the image " + image + " is in use by VM " + winner.vm.definition.name);
    CHECK(std::count(f.host.calls.begin(), f.host.calls.end(), "launch") <= 1);
  }
}

TEST_CASE("a start that was refused holds no image") {
  Fixture f;
  const auto image = f.folder.file("disk.img", "data");
  createWithImage(f, "one", image);
  createWithImage(f, "two", image);
  f.host.commandLineError = Error{Errc::RunnerFailed, "it cannot be said", {}, {}};
  REQUIRE_FALSE(f.run(f.service.start("one", "user")));
  f.host.commandLineError.reset();

  CHECK(f.run(f.service.start("two", "user")));
}

TEST_CASE("an action for another definition is refused where it would begin") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  Outcome changed;
  Outcome started;

  begin(f, f.service.change("web", moreCpus(*f.service.find("web")), "user"), changed);
  begin(f, f.service.start("web", onlyFor({1})), started);
  finish(f, {&changed, &started});

  const auto now = f.service.find("web")->vm;
  CHECK((now.generation == 2) == changed->has_value());
  // Whichever came first: the start was of generation 1, or was not at all.
  if (started->has_value()) {
    CHECK((*started)->vm.generation == 1);
  } else {
    CHECK(started->error().code == Errc::PreconditionFailed);
    CHECK(now.state == State::Stopped);
  }
}

TEST_CASE("each action and the delete take the definitions that they are for, and no other") {
  Fixture f;
  REQUIRE(f.run(f.service.create(f.definition(), "user")));
  REQUIRE(f.run(f.service.change("web", moreCpus(*f.service.find("web")), "user")));

  for (const auto action : {&VmService::start, &VmService::kill, &VmService::pause, &VmService::resume}) {
    const auto refused = f.run((f.service.*action)("web", onlyFor({1, 3})));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::PreconditionFailed);
  }
  CHECK(f.run(f.service.stop("web", quickly(), onlyFor({1}))).error().code == Errc::PreconditionFailed);
  CHECK(f.run(f.service.restart("web", quickly(), onlyFor({}))).error().code == Errc::PreconditionFailed);
  CHECK(f.run(f.service.remove("web", true, onlyFor({1}))).error().code == Errc::PreconditionFailed);
  CHECK(f.host.calls.empty());

  CHECK(f.run(f.service.start("web", onlyFor({1, 2}))));
  CHECK(f.run(f.service.remove("web", true, onlyFor({2}))).has_value());
}
