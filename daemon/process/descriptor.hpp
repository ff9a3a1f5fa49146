// Small steps with raw descriptors that every spawner and every loop needs.
#pragma once
#include "api/core/result.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

/// Both ends are closed by exec and block.
Result<Pipe> makePipe();

Result<void> setCloseOnExec(int fd);
Result<void> setNonBlocking(int fd);

/// AF_UNIX, AF_INET ...
Result<int> socketFamily(int fd);

}  // namespace microvm
