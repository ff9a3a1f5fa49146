// Unix stream sockets, at a path or in pairs.
#pragma once
#include <cstddef>
#include <string>

#include "api/core/result.hpp"
#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm {

/// The longest path that every system takes (macOS has 104 bytes, one for the end).
inline constexpr std::size_t kSocketPathBytes = 103;

/// Errc::Invalid, with the length and the way out, when no socket can be at this path.
Result<void> checkSocketPath(const std::string& path);

/// Binds and listens: mode 0600, non-blocking, closed by exec. Errc::InUse when there is a file: whoever holds the
/// lock that guards the path removes it first.
Result<UniqueFd> listenUnix(const std::string& path);

/// The next connection of a listener, non-blocking, closed by exec. Errc::NotFound when there is none.
Result<UniqueFd> acceptUnix(int listener);

/// Connects; the socket is non-blocking. Errc::Unreachable when nobody listens, Errc::Timeout when the listener's
/// queue stays full for the whole limit. Blocks the thread for as long as that.
Result<UniqueFd> connectUnix(const std::string& path, Milliseconds limit);

struct SocketPair {
  UniqueFd ours;
  UniqueFd theirs;
};

/// Two that are connected to each other; both block and are closed by exec.
Result<SocketPair> makeSocketPair();

}  // namespace microvm
