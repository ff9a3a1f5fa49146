// What was asked of a VM and takes its time: one at most per VM, kept in the store, so that an answer outlives the
// connection and the daemon. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "api/core/error.hpp"
#include "api/core/time.hpp"
#include "daemon/domain/event.hpp"
#include "daemon/domain/lifecycle.hpp"

namespace microvm {

enum class OperationKind { Start, Stop, Kill, Pause, Resume, Restart };
enum class OperationState { Running, Succeeded, Failed, Cancelled };

struct VmOperation {
  std::string id;  ///< UUID
  OperationKind kind = OperationKind::Start;
  std::string vmId;
  std::string vmName;
  OperationState state = OperationState::Running;
  Cause cause;                       ///< who asked
  std::string step;                  ///< how far it has come, one sentence for people
  std::optional<StopSettings> stop;  ///< Stop and Restart: how the guest is stopped
  std::optional<Error> error;        ///< Failed and Cancelled: why
  Timestamp createdAt{};
  Timestamp updatedAt{};
  bool operator==(const VmOperation&) const = default;
};

/// What becomes of a request while an operation is under way.
enum class Arbitration {
  Join,      ///< it is what is being done: the asker gets the same operation
  Overtake,  ///< the operation under way is cancelled in its favour
  Busy,      ///< refused, naming the operation
};
Arbitration arbitrate(OperationKind running, OperationKind asked);
/// The same, where both may say how the guest is stopped: who wants that as it is joins, and a stop that ends the guest
/// sooner overtakes one that leaves it more time.
Arbitration arbitrate(const VmOperation& running, OperationKind asked, const std::optional<StopSettings>& stop);

/// The operation that an event begins, if it begins one.
std::optional<OperationKind> operationOf(LifecycleEvent event);
/// The event that begins it.
LifecycleEvent beginningOf(OperationKind kind);

/// Whether an operation is over once `event` took the VM from one state to the other, and how.
std::optional<OperationState> outcomeOf(OperationKind kind, LifecycleEvent event, State before, State after);

/// Errc::Busy for a request that has to wait for this operation.
Error busyError(const VmOperation& operation, OperationKind asked);

/// "start", "succeeded"; the inverse gives nothing for any other text.
std::string_view toText(OperationKind kind);
std::string_view toText(OperationState state);
std::optional<OperationKind> parseOperationKind(std::string_view text);
std::optional<OperationState> parseOperationState(std::string_view text);

}  // namespace microvm
