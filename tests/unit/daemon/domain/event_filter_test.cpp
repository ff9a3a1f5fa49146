// daemon/domain/event_filter.cpp
#include "daemon/domain/event_filter.hpp"

#include <doctest/doctest.h>

using namespace microvm;

namespace {

VmEvent stopped() {
  VmEvent event;
  event.at = Timestamp(Milliseconds(1'000));
  event.vmId = "1";
  event.vmName = "web";
  event.type = "vm.stopped";
  event.labels = {{"team", "infra"}, {"tier", "front"}};
  return event;
}

EventFilter ofKinds(std::vector<std::string> kinds) {
  EventFilter filter;
  filter.kinds = std::move(kinds);
  return filter;
}

EventFilter ofLabels(std::string_view selector) {
  EventFilter filter;
  filter.labels = *LabelSelector::parse(selector);
  return filter;
}

}  // namespace

TEST_CASE("a filter without a wish takes every event") {
  CHECK(EventFilter{}.matches(stopped()));
}

TEST_CASE("a kind is a type, or what types begin with") {
  CHECK(ofKinds({"vm.stopped"}).matches(stopped()));
  CHECK(ofKinds({"vm.running", "vm.stop*"}).matches(stopped()));
  CHECK(ofKinds({"*"}).matches(stopped()));
  CHECK_FALSE(ofKinds({"vm.stop"}).matches(stopped()));
  CHECK_FALSE(ofKinds({"vm.run*"}).matches(stopped()));
}

TEST_CASE("the labels that the VM had then are selected as those of VMs are") {
  CHECK(ofLabels("team=infra").matches(stopped()));
  CHECK(ofLabels("team=infra,tier=front").matches(stopped()));
  CHECK(ofLabels("tier in (front,back),!zone,team!=shop").matches(stopped()));
  CHECK_FALSE(ofLabels("team=shop").matches(stopped()));
  CHECK_FALSE(ofLabels("team=infra,zone").matches(stopped()));
  CHECK_FALSE(ofLabels("tier notin (front,back)").matches(stopped()));
}

TEST_CASE("a VM is meant by its id, or by id or name") {
  EventFilter byId;
  byId.vmId = "1";
  EventFilter byName;
  byName.vm = "web";
  EventFilter ofOther;
  ofOther.vmId = "2";

  CHECK(byId.matches(stopped()));
  CHECK(byName.matches(stopped()));
  CHECK_FALSE(ofOther.matches(stopped()));
}

TEST_CASE("what happened before the time that is asked for is left out") {
  EventFilter now;
  now.since = Timestamp(Milliseconds(1'000));
  EventFilter later;
  later.since = Timestamp(Milliseconds(1'001));

  CHECK(now.matches(stopped()));
  CHECK_FALSE(later.matches(stopped()));
}
