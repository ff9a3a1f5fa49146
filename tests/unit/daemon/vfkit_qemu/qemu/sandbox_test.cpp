#include <doctest/doctest.h>

#include "daemon/vfkit_qemu/qemu/command_line.hpp"

using namespace microvm::vfkit_qemu;

TEST_CASE("QEMU may neither start programs nor gain privileges") {
  CHECK(
      sandboxArguments() ==
      std::vector<std::string>{"-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"});
}
