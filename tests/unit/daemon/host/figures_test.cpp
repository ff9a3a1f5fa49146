#include "daemon/host/figures.hpp"

#include <fcntl.h>

#include <doctest/doctest.h>

#include "api/core/unique_fd.hpp"

using namespace microvm;

TEST_CASE("a host has processors and memory") {
  const auto resources = hostResources();

  CHECK(resources.cpus >= 1);
  CHECK(resources.memory > 64U * 1024 * 1024);
}

TEST_CASE("a process counts what it has open") {
  const auto before = processFigures();
  const UniqueFd one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto after = processFigures();

  CHECK(after.openDescriptors == before.openDescriptors + 1);
  CHECK(after.mostDescriptors > after.openDescriptors);
  CHECK(after.cpuSeconds >= before.cpuSeconds);
}
