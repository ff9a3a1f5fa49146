// systemd's way of passing sockets, read from the environment (sd_listen_fds(3)).
#pragma once
#include <string>
#include <vector>

#include "api/core/default_folders.hpp"
#include "api/core/result.hpp"

namespace microvm {

inline constexpr int kFirstPassedFd = 3;

/// The names of the descriptors that were passed to process `pid`, from kFirstPassedFd on; "unknown" for one without a
/// name. Empty when none was, or when they are for somebody else. Errc::Usage for a number that is none.
Result<std::vector<std::string>> passedNames(const Environment& environment, int pid);

}  // namespace microvm
