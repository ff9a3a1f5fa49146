#include "daemon/domain/policy_rules.hpp"

#include <fmt/format.h>

#include "api/core/id.hpp"
#include "api/core/text.hpp"
#include "daemon/domain/definition/limits.hpp"
#include "daemon/domain/text_rules.hpp"

namespace microvm {

namespace {

constexpr Milliseconds kShortestBackoff{100};
constexpr Milliseconds kLongestWait{86'400'000};
constexpr int kMostPriority = 1000;
constexpr std::size_t kMostStartAfter = 64;

using Errors = std::vector<FieldError>;

struct Span {
  Milliseconds least;
  Milliseconds most;
};

void checkTime(Milliseconds time, Span span, const std::string& pointer, Errors& errors) {
  if (time >= span.least && time <= span.most) return;
  errors.push_back({pointer, fmt::format("{} is out of range; give {} to {}", formatDuration(time),
                                         formatDuration(span.least), formatDuration(span.most))});
}

void checkConsole(const ConsoleSettings& console, Errors& errors) {
  if (console.size < kLeastConsoleSize || console.size > kLargestConsoleSegment) {
    errors.push_back(
        {"/spec/console/size", fmt::format("{} is out of range; give {} to {}", formatSize(console.size),
                                           formatSize(kLeastConsoleSize), formatSize(kLargestConsoleSegment))});
  }
  if (console.keep < 1 || console.keep > kMostConsoleSegments) {
    errors.push_back(
        {"/spec/console/keep", fmt::format("{} is out of range; give 1 to {}", console.keep, kMostConsoleSegments)});
  }
}

void checkRestart(const Restart& restart, Errors& errors) {
  checkTime(restart.backoff, {kShortestBackoff, kLongestWait}, "/spec/restart/backoff", errors);
  checkTime(restart.within, {kShortestBackoff, kLongestWait}, "/spec/restart/within", errors);
  if (restart.maxBackoff < restart.backoff || restart.maxBackoff > kLongestWait) {
    errors.push_back(
        {"/spec/restart/maxBackoff", fmt::format("{} is out of range; give the backoff of {} at least, and {} at most",
                                                 formatDuration(restart.maxBackoff), formatDuration(restart.backoff),
                                                 formatDuration(kLongestWait))});
  }
  if (restart.giveUpAfter < 1 || restart.giveUpAfter > kMostRestarts) {
    errors.push_back({"/spec/restart/giveUpAfter",
                      fmt::format("{} is out of range; give 1 to {}", restart.giveUpAfter, kMostRestarts)});
  }
}

void checkAutostart(const Autostart& autostart, const std::string& self, Errors& errors) {
  if (autostart.priority < -kMostPriority || autostart.priority > kMostPriority) {
    errors.push_back({"/spec/autostart/priority", fmt::format("{} is out of range; give -{} to {}", autostart.priority,
                                                              kMostPriority, kMostPriority)});
  }
  checkTime(autostart.delay, {Milliseconds(0), kLongestWait}, "/spec/autostart/delay", errors);
  const std::string pointer = "/spec/autostart/startAfter";
  if (!isFew(autostart.startAfter.size(), kMostStartAfter, pointer, errors)) return;
  for (std::size_t i = 0; i < autostart.startAfter.size(); ++i) {
    const std::string& name = autostart.startAfter[i];
    if (!isVmName(name)) {
      errors.push_back({fmt::format("{}/{}", pointer, i), inQuotes(name) + " cannot be the name of a VM"});
    } else if (name == self) {
      errors.push_back({fmt::format("{}/{}", pointer, i), "a VM cannot wait for itself"});
    }
  }
}

}  // namespace

void checkPolicies(const Definition& definition, Errors& errors) {
  checkConsole(definition.console, errors);
  if (auto problem = stopTimeoutProblem(definition.stop.timeout)) {
    errors.push_back({"/spec/stop/timeout", std::move(*problem)});
  }
  checkRestart(definition.restart, errors);
  checkAutostart(definition.autostart, definition.name, errors);
}

}  // namespace microvm
