// The few JSON texts that the shim writes.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/result.hpp"
#include "api/core/time.hpp"
#include "daemon/process/spawn.hpp"

namespace microvm::shim {

/// A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
std::string jsonString(std::string_view text);

/// Who made the runner end.
enum class EndCause { Itself, KillRequest, StopRequest, HostStop, HardStop };

/// A step of a stop that the shim itself has taken.
struct RungReport {
  std::string_view rung;  ///< "power-button", "hard-stop" or "kill"
  Timestamp at{};
};

struct ExitReport {
  ExitStatus status;
  Timestamp at{};
  std::string reason;
  ProcessIdentity runner{};  ///< whose end this is
  bool isHostStop = false;   ///< the shim was told to end, and had the guest power off
  std::vector<RungReport> rungs = {};
};

/// One sentence: "the guest powered off", "vfkit exited with code 1: ...", "vfkit was ended by signal 9 (SIGKILL)".
std::string reasonFor(const ExitStatus& status, EndCause cause, std::string_view program, std::string_view lastError);

/// {"code":N|null,"signal":N|null,"at":"...","reason":"...","runnerPid":N,"runnerStart":N}, "hostStop":true where
/// it is so, and "rungs":[{"rung":"...","at":"..."}] where there are some.
std::string toJson(const ExitReport& report);

struct StatusReport {
  int shimPid = 0;
  int runnerPid = 0;
  Timestamp startedAt{};
  std::uint64_t consoleStart = 0;
  std::uint64_t consoleEnd = 0;
  std::uint64_t consoleDropped = 0;
  std::uint64_t consoleRate = 0;
  std::uint64_t boot = 0;
  std::size_t viewers = 0;
};
std::string toJson(const StatusReport& report);

/// "in-use", "runner-missing" ...: the first word of an error in the ready line and in an error frame.
std::string_view codeWord(Errc code);

}  // namespace microvm::shim
