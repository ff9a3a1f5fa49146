// What a probe has made of its looks so far. Pure: a look goes in, the next state comes out.
#pragma once
#include <string>

#include "daemon/domain/definition/readiness.hpp"

namespace microvm {

enum class ConditionStatus { True, False, Unknown };

/// "True", "False" or "Unknown".
std::string_view toText(ConditionStatus status);

/// What one look has brought.
struct Look {
  bool isGood = false;
  std::string message;  ///< one sentence: what was seen, or why nothing was
};

struct ProbeState {
  ConditionStatus status = ConditionStatus::False;
  std::string reason;   ///< one word: "Waiting", "Probing", "Seen", "Failing", "NotRunning"
  std::string message;  ///< of the latest look
  unsigned good = 0;    ///< looks in a row, the latest included
  unsigned bad = 0;
  bool hasHeld = false;  ///< in this run
  bool operator==(const ProbeState&) const = default;
};

/// Of a VM that does not run.
ProbeState idleProbe();
/// Of a guest that has just started: nothing can have been seen.
ProbeState freshProbe();
/// Of a guest that was found running: the sign may be there, and counts as seen before.
ProbeState adoptedProbe();

/// True after successThreshold good looks in a row. False after failureThreshold bad ones; until a fresh probe has held
/// once it stays as it is.
ProbeState afterLook(ProbeState before, const ProbeTiming& timing, Look look);

/// Whether the latest look is one after which `onFailure` is due: the sign has been there in this run, and
/// failureThreshold looks in a row, or a multiple, have missed it since.
bool isFailureDue(const ProbeState& state, const ProbeTiming& timing);

/// From the end of a look to the next. A sign that has yet to come is looked for soon, then less and less often.
Milliseconds untilNextLook(const ProbeState& state, const ProbeTiming& timing);

}  // namespace microvm
