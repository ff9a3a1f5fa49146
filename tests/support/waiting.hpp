// Waiting for something that tells nobody: short looks until it holds or the time is up.
#pragma once
#include <functional>
#include <string>

#include "api/core/time.hpp"

namespace microvm::test {

inline constexpr Milliseconds kPatience{15'000};

/// Returns once `holds` gives true. Throws, naming `what`, when it does not within the limit.
void waitUntil(const std::string& what, const std::function<bool()>& holds, Milliseconds limit = kPatience);

/// Waits until the descriptor can be read; false after the limit.
bool waitReadable(int fd, Milliseconds limit);

}  // namespace microvm::test
