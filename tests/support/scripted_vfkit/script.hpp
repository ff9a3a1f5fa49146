// What a stand-in runner does in one run, read from its script. The members are described in main.cpp.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "api/core/result.hpp"

namespace microvm::scripted {

using Span = std::chrono::milliseconds;

enum class OnStop { PowerOff, Ignore, Refuse };
enum class OnHardStop { Exit, Answer, Hang, Ignore };
enum class RestManner { Normal, Hang, Garbage, Half, Huge, Close, None };

/// An end that comes by itself: after a time, or when a file of that name appears beside the script.
struct OwnEnd {
  std::optional<Span> after;
  std::string on;
  int code = 1;
  int signal = 0;  ///< not 0: dies by this signal instead
  std::string text;
};

struct ConsoleScript {
  std::string boot;
  std::uint64_t pattern = 0;
  std::uint64_t perMillisecond = 0;  ///< 0: as fast as it is read
  std::string patternOn;
  Span lineEvery{0};  ///< numbered lines; 0: none
  std::string mark;   ///< of this run, in each of them; not from the script
  bool echo = false;
  bool stall = false;
};

struct Script {
  Span reachableAfter{0};
  std::optional<Span> runningAfter{Span{20}};  ///< nothing: stays Starting
  std::string state = "Running";
  OnStop onStop = OnStop::PowerOff;
  Span stopAfter{20};
  OnHardStop onHardStop = OnHardStop::Exit;
  bool ignoreTerm = false;
  RestManner rest = RestManner::Normal;
  std::string refuseDevice;
  std::string stderrText;
  std::uint64_t stderrFlood = 0;
  bool leaveSocket = false;
  std::optional<OwnEnd> end;
  ConsoleScript console;
};

/// The first rule of the script that fits this start (the first is 1) and kernel command line. No file: the defaults.
Result<Script> loadScript(const std::string& path, int start, const std::string& cmdline);

}  // namespace microvm::scripted
