// The use cases: what the HTTP handlers, and nobody else, call. One object, on the main thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/core/time.hpp"
#include "daemon/answers/keyed_answers.hpp"
#include "daemon/async/task.hpp"
#include "daemon/domain/capabilities/draft.hpp"
#include "daemon/domain/definition/boxed.hpp"
#include "daemon/domain/event.hpp"
#include "daemon/domain/readiness/condition.hpp"
#include "daemon/domain/supervision/happening.hpp"
#include "daemon/domain/supervision/operation.hpp"
#include "daemon/domain/supervision/waiting.hpp"
#include "daemon/domain/vm.hpp"
#include "daemon/host/figures.hpp"
#include "daemon/runner/runner.hpp"
#include "daemon/service/access/tokens.hpp"
#include "daemon/store/store.hpp"

namespace microvm {

/// A VM and what is known of its processes while it runs.
struct VmView {
  Vm vm;
  std::optional<int> runnerPid;
  std::optional<int> shimPid;
  std::optional<Timestamp> startedAt;
  Boxed<VmOperation> operation;        ///< under way
  std::vector<FieldError> warnings;    ///< of the definition that was created just now
  std::optional<ConsoleNews> console;  ///< as its shim told last
  Conditions conditions;               ///< of a VM with probes; those of any are conditionsIn()
};

/// Without probes they follow from the state, so nobody keeps them.
inline Conditions conditionsIn(const VmView& view) {
  return view.conditions.empty() ? conditionsOf(view.vm, {}, view.vm.stateSince) : view.conditions;
}

/// A console's log and what goes on at it.
struct ConsoleStatus {
  bool isRunning = false;
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::uint64_t dropped = 0;  ///< bytes that could not be stored since the start of this run
  std::uint64_t rate = 0;     ///< bytes per second, of late
  std::optional<ConsoleNews> news;
  ConsoleTimes times;
};

struct StopRequest {
  std::optional<Milliseconds> timeout;  ///< overrides the definition's stop.timeout
  std::optional<bool> escalate;         ///< overrides stop.escalate
};

struct ServerInfo {
  std::string version;
  std::vector<std::string> apiVersions;
  std::string stateFolder;
  std::string runFolder;
  Result<std::string> runner = std::string();  ///< the program that runs a VM whose definition names none
  int pid = 0;
  Timestamp startedAt{};
  std::size_t vms = 0;
  std::size_t running = 0;
  HostResources host;
  HostResources allocated{0, 0};  ///< to the VMs that run
  ProcessFigures process;
};

struct RunnerReport {
  CapabilityRecord record;
  bool isInstalled = false;
};

/// What a look at everything that is kept has found wrong.
struct Verification {
  std::size_t vms = 0;
  std::vector<std::string> findings;  ///< a sentence each
};

/// A VM as it is, with room for what a reader makes of it.
struct VmSnapshot {
  VmView view;
  mutable std::string text;  ///< the reader's own; empty at first and after every change of the view
  mutable std::string tag;

  /// After a change of the view.
  void reset() { text = tag = std::string(); }
};
/// The VM's own copy, not one more of each: it changes with the VM, so it is not held across a co_await.
using VmSnapshotPtr = std::shared_ptr<const VmSnapshot>;  // shared by the supervisor and those who answer with it

/// A definition that is to take the place of a VM's.
struct DefinitionChange {
  Draft draft;
  std::uint64_t generation = 0;  ///< of the definition that it was made from
};

/// The generations of a definition that something is asked for; nothing: whichever there is.
using Generations = std::optional<std::vector<std::uint64_t>>;

/// Who asks for something, and for which definitions: Errc::PreconditionFailed when the VM has another one by the time
/// that it would begin. A cause alone is for any.
struct Asker {
  Asker(Cause who) : cause(std::move(who)) {}
  Asker(const char* who) : cause(who) {}
  Asker(Cause who, Generations wanted) : cause(std::move(who)), only(std::move(wanted)) {}

  Cause cause;
  Generations only;
};

/// VMs are named by name or id. Every refusal is an Error of api/core/error.hpp with a hint where there is a way out.
class Service {
public:
  virtual ~Service() = default;

  virtual ServerInfo info() const = 0;
  /// What was answered to requests that may come again.
  virtual KeyedAnswers& keyedAnswers() = 0;
  /// False until every VM of the store has been reconciled with what really runs.
  virtual bool isReady() const = 0;
  /// Why nothing can be kept any more, if that is so.
  [[nodiscard]] virtual std::optional<Error> storeProblem() const { return std::nullopt; }

  /// Checks the definition, what its runner can do of it and the files it names, then stores it. All errors at once.
  /// Nothing is left behind on failure.
  virtual Task<VmView> create(Draft draft, Cause cause) = 0;
  /// What each runner can do here, or one of them.
  virtual Task<std::vector<RunnerReport>> capabilities(std::optional<RunnerKind> runner) = 0;
  /// Whether the definition could be created or changed to here. The warnings, or all errors at once.
  virtual Task<std::vector<FieldError>> check(Draft draft) = 0;
  /// Checks the definition as create() does and puts it in the place of the VM's, under its name, which may be a new
  /// one. An interface without a MAC keeps the one that is at its place. effectOfChange() says what counts when.
  /// Errc::PreconditionFailed when the VM's definition has another generation by now.
  virtual Task<VmView> change(std::string nameOrId, DefinitionChange change, Cause cause) = 0;
  /// A new VM like a stopped one, with copies of the images that it writes, in its own folder, and other MACs.
  virtual Task<VmView> clone(std::string nameOrId, std::string newName, Cause cause) = 0;
  virtual std::vector<VmView> list() const = 0;
  /// By name.
  virtual std::vector<VmSnapshotPtr> snapshots() const = 0;
  virtual Result<VmSnapshotPtr> snapshot(const std::string& nameOrId) const = 0;
  virtual Result<VmView> find(const std::string& nameOrId) const = 0;
  /// Errc::WrongState unless stopped or broken, or `force` (kills first); Errc::Protected. Removes the VM's own folder;
  /// images that the definition names stay.
  virtual Task<void> remove(std::string nameOrId, bool force, Asker asker) = 0;

  /// Accepts the start and returns the VM as it is then. Starting a running or starting VM succeeds and changes
  /// nothing.
  virtual Task<VmView> start(std::string nameOrId, Asker asker) = 0;
  /// Accepts the stop; the ladder runs on. Stopping a stopped VM succeeds.
  virtual Task<VmView> stop(std::string nameOrId, StopRequest request, Asker asker) = 0;
  /// Accepts the kill: no grace.
  virtual Task<VmView> kill(std::string nameOrId, Asker asker) = 0;
  /// Accepts the pause of a running guest; pausing a paused one succeeds.
  virtual Task<VmView> pause(std::string nameOrId, Asker asker) = 0;
  /// Accepts that a paused guest goes on; resuming a running one succeeds.
  virtual Task<VmView> resume(std::string nameOrId, Asker asker) = 0;
  /// Accepts a stop by the ladder and a start after it; a stopped VM is started.
  virtual Task<VmView> restart(std::string nameOrId, StopRequest request, Asker asker) = 0;
  /// Ends when the condition holds, with the VM as it is then (for Deleted: as it was last). Errc::Timeout after the
  /// limit; waiting for Running ends with Errc::RunnerFailed as soon as the start failed.
  virtual Task<VmView> wait(std::string nameOrId, WaitFor condition, Milliseconds limit) = 0;
  /// The same for a condition. Errc::Usage when the VM has none of this type.
  virtual Task<VmView> awaitCondition(std::string nameOrId, ConditionGoal goal, Milliseconds limit) = 0;

  /// Part of the kept log, running or not. `limit` bytes at most.
  virtual Task<ConsoleSlice> consoleLog(std::string nameOrId, std::uint64_t offset, std::size_t limit) = 0;
  virtual Task<ConsoleTimes> consoleTimes(std::string nameOrId) = 0;
  virtual Task<ConsoleStatus> consoleStatus(std::string nameOrId) = 0;
  virtual Task<std::unique_ptr<ConsoleStream>> attachConsole(std::string nameOrId, ConsoleAttach request) = 0;

  /// What the runner wrote to standard error, as far as it is kept.
  virtual Task<std::string> runnerLog(std::string nameOrId) = 0;

  /// Events that are kept, and how far the kept ones reach.
  virtual Task<EventPage> events(EventQuery query) = 0;
  /// Ends when there is an event after this one; Errc::Timeout after the limit.
  virtual Task<void> awaitEvents(std::uint64_t after, Milliseconds limit) = 0;

  /// Under way and those of the last day, oldest first; of one VM, by name or id, if one is given.
  virtual Result<std::vector<VmOperation>> operations(const std::optional<std::string>& vm) const = 0;
  virtual Result<VmOperation> operation(const std::string& id) const = 0;
  /// Ends with the operation, or at the limit with the operation as it is then.
  virtual Task<VmOperation> waitOperation(std::string id, Milliseconds limit) = 0;
  /// Errc::WrongState when it has ended or come too far.
  virtual Task<VmOperation> cancelOperation(std::string id, Cause cause) = 0;

  /// What lets clients in from afar.
  virtual Tokens& tokens() = 0;

  /// What was kept of the last unexpected end, JSON. Errc::NotFound when there was none.
  virtual Task<std::string> postmortem(std::string nameOrId) = 0;
  /// Passes a request on to the runner's own socket and back, whatever it answers. What it changes shows in the VM's
  /// state and events. Errc::WrongState when nothing runs.
  virtual Task<RunnerAnswer> askRunner(std::string nameOrId, RunnerQuestion question, Cause cause) = 0;
  /// A copy of the database, at an absolute path; nothing: a file of its own in the state folder's backups.
  virtual Task<StoreCopy> backup(std::optional<std::string> file, Cause cause) = 0;
  virtual Task<Verification> verify() = 0;
};

}  // namespace microvm
