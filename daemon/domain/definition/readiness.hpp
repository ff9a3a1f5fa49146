// By which signs a VM is ready, and how they are looked for.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/core/time.hpp"

namespace microvm {

/// The runner answers, and says that the guest runs.
struct RunnerSign {
  bool operator==(const RunnerSign&) const = default;
};
/// A line of the console matches, since the present boot began.
struct ConsoleSign {
  std::string pattern;  ///< POSIX extended syntax
  bool operator==(const ConsoleSign&) const = default;
};
/// A program in the guest accepts on this vsock port.
struct VsockSign {
  std::uint32_t port = 0;
  bool operator==(const VsockSign&) const = default;
};
/// HOST:PORT accepts.
struct TcpSign {
  std::string address;
  bool operator==(const TcpSign&) const = default;
};
/// A GET is answered with 2xx or 3xx.
struct HttpSign {
  std::string url;
  bool operator==(const HttpSign&) const = default;
};

using Sign = std::variant<RunnerSign, ConsoleSign, VsockSign, TcpSign, HttpSign>;

/// How a sign is looked for again and again. A console is not: what it says is heard.
struct ProbeTiming {
  Milliseconds initialDelay{0};   ///< from the guest's start to the first look
  Milliseconds interval{5'000};   ///< from the end of a look to the next
  Milliseconds timeout{1'000};    ///< of a look
  unsigned failureThreshold = 3;  ///< so many in a row, and the sign is gone
  unsigned successThreshold = 1;  ///< so many in a row, and it is there
  bool operator==(const ProbeTiming&) const = default;
};

/// The timing of a probe that names none. A connection to a guest's vsock port takes two seconds to fail.
ProbeTiming usualTiming(const Sign& sign);

enum class OnProbeFailure {
  Nothing,  ///< the VM is not ready any more
  Restart,  ///< and it is restarted, as often as spec.restart allows
};

struct Probe {
  Probe() = default;
  /// With the usual timing.
  Probe(Sign wanted) : sign(std::move(wanted)), timing(usualTiming(sign)) {}

  Sign sign;
  ProbeTiming timing;
  OnProbeFailure onFailure = OnProbeFailure::Nothing;
  bool operator==(const Probe&) const = default;
};

/// At most one of each kind, in the order of Sign's. None: the VM is ready as soon as its guest runs.
using Readiness = std::vector<Probe>;

/// "runner", "console", "vsock", "tcp" or "http": the member of spec.readiness.
std::string_view memberOf(const Sign& sign);
/// "Runner", "Console", "Vsock", "Tcp" or "Http": the condition.
std::string_view conditionOf(const Sign& sign);

}  // namespace microvm
