#include "daemon/domain/changes/change_effect.hpp"

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("a change counts when its member has it in the table") {
  struct Row {
    const char* pointer;
    ChangeEffect effect;
  };
  for (const auto& [pointer, effect] : std::initializer_list<Row>{
           {"/metadata/labels/team", ChangeEffect::Live},
           {"/metadata/protect", ChangeEffect::Live},
           {"/spec/autostart/enable", ChangeEffect::Live},
           {"/spec/restart/policy", ChangeEffect::Live},
           {"/spec/stop/timeout", ChangeEffect::Live},
           {"/spec/stopper", ChangeEffect::Restart},
           {"/spec/cpus", ChangeEffect::Restart},
           {"/spec/volumes/0", ChangeEffect::Restart},
           {"/spec/volumes/0/size", ChangeEffect::Restart},
           {"/spec/volumes/12/fsType", ChangeEffect::Recreate},
           {"/spec/volumes/0/mkfsArgs/1", ChangeEffect::Recreate},
           {"", ChangeEffect::Restart},
       }) {
    CAPTURE(pointer);
    CHECK(toText(effectOfChange(pointer)) == toText(effect));
  }
}
