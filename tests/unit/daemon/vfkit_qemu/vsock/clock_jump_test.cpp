#include "daemon/vfkit_qemu/vsock/clock_jump.hpp"

#include <poll.h>

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::vfkit_qemu;

TEST_CASE("a clock that goes on as it should wakes nobody") {
  const auto jumps = watchClockJumps();
  REQUIRE_MESSAGE(jumps, jumps.error().detail);
  pollfd ready{jumps->get(), POLLIN, 0};

  CHECK(::poll(&ready, 1, 0) == 0);
}
