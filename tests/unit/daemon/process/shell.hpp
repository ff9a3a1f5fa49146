// Shell scripts as children, for the tests of spawn.
#pragma once
#include <string>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "daemon/process/descriptor.hpp"
#include "daemon/process/spawn.hpp"

namespace microvm::test {

inline SpawnOptions shell(const std::string& script) {
  SpawnOptions options;
  options.program = "/bin/sh";
  options.arguments = {"sh", "-c", script};
  options.environment = allowedEnvironment();
  return options;
}

inline std::string readAll(int fd) {
  std::string text;
  char buffer[4096];
  while (true) {
    const auto got = ::read(fd, buffer, sizeof buffer);
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

/// What the script prints, after the child was reaped.
inline std::string outputOf(SpawnOptions options, std::vector<InheritedFd> more = {}) {
  auto pipe = makePipe();
  REQUIRE(pipe);
  options.descriptors.push_back({pipe->write.get(), 1});
  for (const auto& each : more)
    options.descriptors.push_back(each);
  auto child = spawn(options);
  REQUIRE(child);
  pipe->write.reset();
  auto text = readAll(pipe->read.get());
  REQUIRE(child->reap());
  return text;
}

}  // namespace microvm::test
