// One microvm-shim runs beside every VM: every further shared library would cost each of them memory.
#include <filesystem>
#include <sstream>

#include <doctest/doctest.h>

#include "tests/support/program.hpp"

using namespace microvm::test;

// Sanitizers bring libraries of their own.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("microvm-shim needs no library but the C library") {
  if (!std::filesystem::exists("/proc/self/exe")) return;  // macOS: packaging/macos/build looks at its imports
  const auto listed = runProgram("/usr/bin/readelf", {"-d", builtProgram("microvm-shim")});
  REQUIRE(listed.code == 0);

  std::istringstream lines(listed.out);
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("(NEEDED)") == std::string::npos) continue;
    ++count;
    CAPTURE(line);
    const bool isOfC = line.find("[libc.so") != std::string::npos || line.find("[libm.so") != std::string::npos ||
                       line.find("[ld-linux") != std::string::npos;
    CHECK(isOfC);
  }
  CHECK(count > 0);
}
#endif
