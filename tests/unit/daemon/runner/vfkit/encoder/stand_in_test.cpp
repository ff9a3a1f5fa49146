#include "daemon/runner/vfkit/encoder/stand_in.hpp"

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("addresses that were not given are the same each time") {
  Definition definition;
  definition.name = "web";
  definition.interfaces = {
      {InterfaceType::Nat, ""}, {InterfaceType::Nat, "02:00:00:01:01:01"}, {InterfaceType::Nat, ""}};
  Definition again = definition;

  CHECK(giveMacs(definition) == 2);
  CHECK(giveMacs(again) == 2);

  CHECK(definition == again);
  CHECK(definition.interfaces[1].mac == "02:00:00:01:01:01");
  CHECK(definition.interfaces[0].mac != definition.interfaces[2].mac);
  CHECK(giveMacs(definition) == 0);
}

TEST_CASE("a shell reads back the words") {
  CHECK(shellText({"vfkit", "--kernel-cmdline", "console=hvc0 x=\"a b\"", "it's", "", "a,b=c"}) ==
        "vfkit --kernel-cmdline 'console=hvc0 x=\"a b\"' 'it'\\''s' '' a,b=c");
}
