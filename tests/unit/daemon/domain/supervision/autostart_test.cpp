#include "daemon/domain/supervision/autostart.hpp"

#include <doctest/doctest.h>

using namespace microvm;

namespace {

Definition vmNamed(const std::string& name, int priority = 0, std::vector<std::string> after = {}) {
  Definition definition;
  definition.name = name;
  definition.autostart.enable = true;
  definition.autostart.priority = priority;
  definition.autostart.startAfter = std::move(after);
  return definition;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the order is by priority, higher first, then by name") {
  CHECK(startOrder({vmNamed("b"), vmNamed("a"), vmNamed("late", -5), vmNamed("early", 10)}) ==
        Names{"early", "a", "b", "late"});
}

TEST_CASE("a VM starts after those that it names, whatever their priority") {
  CHECK(startOrder({vmNamed("web", 10, {"db", "cache"}), vmNamed("db"), vmNamed("cache", -1)}) ==
        Names{"db", "cache", "web"});
}

TEST_CASE("a name that is not among those that start is no hindrance") {
  CHECK(startOrder({vmNamed("web", 0, {"elsewhere"})}) == Names{"web"});
}

TEST_CASE("a circle is cut at the one that would come first") {
  CHECK(startOrder({vmNamed("a", 0, {"b"}), vmNamed("b", 0, {"a"}), vmNamed("self", 0, {"self"})}) ==
        Names{"self", "a", "b"});
}

TEST_CASE("with the host start those with autostart, and those that are always to run and were not stopped") {
  Vm vm;
  CHECK_FALSE(startsWithHost(vm));
  vm.definition.restart.policy = RestartPolicy::Always;
  CHECK_FALSE(startsWithHost(vm));
  vm.desired = Desired::Running;
  CHECK(startsWithHost(vm));
  vm.definition.restart.policy = RestartPolicy::OnFailure;
  CHECK_FALSE(startsWithHost(vm));
  vm.definition.autostart.enable = true;
  CHECK(startsWithHost(vm));
  vm.state = State::Broken;
  CHECK_FALSE(startsWithHost(vm));
}
