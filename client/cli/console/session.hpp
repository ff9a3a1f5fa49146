// An attached console: the terminal or the pipe on one side, the VM on the other.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "api/console/pattern.hpp"
#include "api/core/result.hpp"
#include "api/core/time.hpp"
#include "client/cli/console/detach_keys.hpp"
#include "client/client.hpp"

namespace microvm::cli {

struct SessionOptions {
  std::string vm;
  client::ConsoleRequest request;
  std::optional<DetachKeys> detachKeys;  ///< looked for when the input is a terminal
  std::optional<Milliseconds> limit;     ///< leave after this time
  std::optional<Pattern> until;          ///< leave when the output matches
  std::string record;                    ///< the file to record the output into; empty: none
  int in = 0;
  int out = 1;
  std::function<void()> attached;              ///< called once, when the daemon has agreed
  std::function<void(std::string_view)> note;  ///< for people, one line without its end
};

enum class SessionEnd {
  Detached,     ///< by the keys
  VmEnded,      ///< the VM does not run any more
  LimitPassed,  ///< options.limit
  Matched,      ///< options.until
  Interrupted,  ///< a signal asked the program to end
  OutputGone,   ///< the output takes nothing any more
};

struct SessionResult {
  SessionEnd end = SessionEnd::Detached;
  int signal = 0;            ///< of Interrupted
  int outputError = 0;       ///< of OutputGone: the errno of the write, EPIPE when nobody reads any more
  std::uint64_t offset = 0;  ///< the first byte of the log that was not shown
};

/// Attaches and runs until one of the ends. A terminal on `in` is raw meanwhile and always restored; when `in` is
/// something else, its bytes go to the VM until its end, and output goes on. A connection that breaks while the VM runs
/// is made again where it broke, without loss, for up to ten seconds. Errors: attaching was refused, or the daemon is
/// gone for good.
Result<SessionResult> runConsole(client::Client& client, SessionOptions options);

}  // namespace microvm::cli
