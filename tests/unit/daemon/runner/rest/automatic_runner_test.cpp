#include <doctest/doctest.h>

#include "daemon/runner/rest/vfkit_runner.hpp"

using namespace microvm;

TEST_CASE("the automatic runner is one that has a program") {
  const auto kind = automaticRunner();

  CHECK((kind == RunnerKind::Vfkit || kind == RunnerKind::Qemu));
}
