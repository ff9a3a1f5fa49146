// One VM's supervisor: takes an event from its mailbox, decides by the lifecycle table, persists, then acts. Whatever
// an effect brings comes back as a further event.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/async/blocking_pool.hpp"
#include "daemon/async/condition.hpp"
#include "daemon/async/mailbox.hpp"
#include "daemon/async/task_group.hpp"
#include "daemon/domain/definition/boxed.hpp"
#include "daemon/domain/lifecycle.hpp"
#include "daemon/domain/readiness/condition.hpp"
#include "daemon/domain/supervision/happening.hpp"
#include "daemon/domain/supervision/operation.hpp"
#include "daemon/runner/runner.hpp"
#include "daemon/service/operations.hpp"
#include "daemon/service/readiness/readiness_watch.hpp"
#include "daemon/service/run/console_watch.hpp"
#include "daemon/service/run/guest_stop.hpp"
#include "daemon/service/service.hpp"
#include "daemon/store/store.hpp"

namespace microvm {

/// What a supervisor works with. All outlive every supervisor.
struct SupervisorPorts {
  net::any_io_executor executor;
  Store& store;
  Runner& runner;
  Shims& shims;
  BlockingPool& files;
  const ConsoleLogs& logs;
  Probes& probes;
  std::function<void()> onChange = {};  ///< after every change of a VM's state; optional
};

struct SupervisorSettings {
  Milliseconds readyTimeout{15'000};  ///< from exec to the runner's "Running"; then the runner is killed
  Milliseconds stuckLimit{2'000};     ///< of a runner that outlives its guest at a stop; then it is killed
};

/// Whether the host has been started since the last daemon looked after its VMs. Unknown: there was none, or the host
/// does not tell.
enum class HostBoot { Same, New, Unknown };

class Supervisor : public std::enable_shared_from_this<Supervisor> {
public:
  /// `operations` outlives every supervisor.
  Supervisor(Vm vm, VmPaths paths, const SupervisorPorts& ports, Operations& operations, SupervisorSettings settings);

  /// Starts the loop, which keeps the supervisor alive until shutDown() or the VM's removal.
  void begin();
  /// From now on neither policy nor autostart starts it: whoever comes after this daemon does.
  void holdStarts() { holdsStarts_ = true; }
  /// It is to start with the host, unless somebody asks for anything else before.
  void expectHostStart() { isDue_ = true; }
  [[nodiscard]] bool isDue() const { return isDue_; }
  /// It has been tried.
  void endHostStart() { isDue_ = false; }
  /// Somebody asks for a hard stop through the runner's own socket: that is why the guest ends then, if it does.
  void expectHardStop(Boxed<Cause> cause) { hardStop_ = std::move(cause); }
  /// Ends the loop and every watch. The VM stays as it is.
  void shutDown();

  [[nodiscard]] const VmView& view() const { return snapshot_.view; }
  [[nodiscard]] VmSnapshotPtr snapshot() const { return {shared_from_this(), &snapshot_}; }
  [[nodiscard]] const Vm& vm() const { return vm_; }
  [[nodiscard]] const VmPaths& paths() const { return paths_; }
  [[nodiscard]] bool isRemoved() const { return removed_; }
  /// Errc::Protected when its definition says so.
  [[nodiscard]] Result<void> checkDeletable() const;

  /// Posts what somebody asks for (StartAsked, StopAsked, DeleteAsked ...) and ends when it is accepted or refused. The
  /// view has the operation that was begun or joined; none when nothing had to be done.
  Task<VmView> ask(LifecycleEvent event, Asker asker, StopRequest stop = {});
  /// Puts a definition in the place of the one of this generation, whatever the state. Errc::PreconditionFailed when it
  /// is another one by now.
  Task<VmView> redefine(Definition definition, std::uint64_t generation, Cause cause);
  /// Gives up the operation under way. Errc::WrongState when it is another one, or too late for that.
  Task<VmView> cancel(std::string operationId, Cause cause);
  /// What somebody did to the guest behind the daemon's back, through the runner's own socket.
  net::awaitable<void> observe(RunnerChange change, Cause cause);
  /// Finds out what became of the VM while no daemon watched.
  net::awaitable<void> reconcile(HostBoot boot);
  /// Ends when the processes of a VM that was found running are known, or cannot be learned in two seconds.
  net::awaitable<void> awaitAdoption();
  Task<VmView> wait(WaitFor condition, Milliseconds limit);
  Task<VmView> awaitCondition(ConditionGoal goal, Milliseconds limit);
  /// Ends when nothing is being written into the VM's folders any more. For a VM that was removed.
  net::awaitable<void> awaitRest();

private:
  struct Answer;
  struct Mail : Happening {
    std::optional<std::uint64_t> run;      ///< of which run this speaks; mail of an earlier run is dropped
    std::optional<StopSettings> stop;      ///< StopAsked
    std::optional<VmOperation> operation;  ///< the one to go on with, left by an earlier daemon
    std::optional<Definition> definition;  ///< to put in the place of the one of `generation`, and nothing else
    std::uint64_t generation = 0;
    Generations only;                ///< a wish for definitions of these generations
    bool cancels = false;            ///< gives up the operation under way
    std::shared_ptr<Answer> answer;  ///< who asked, if anybody
  };

  net::awaitable<void> loop();
  net::awaitable<void> handleNext();
  net::awaitable<void> carryOut(Mail mail, Transition transition);
  Task<void> persist(Effect effect, Vm next, std::vector<VmEvent> events);
  Task<void> forget(std::vector<VmEvent> events);
  Task<VmView> deliver(Mail mail);
  [[nodiscard]] Error overError() const;
  using Look = std::function<Result<bool>()>;
  Task<VmView> lookUntil(Look look, std::function<Error()> late, Milliseconds limit);
  void act(Effect effect, const Mail& mail, State before);
  void reply(const Mail& mail, Result<VmView> result);
  /// On whose behalf something is done now: whoever asked for the operation under way.
  [[nodiscard]] const Cause& behalf() const;
  [[nodiscard]] const Cause& behalf(const Mail& mail) const;
  void post(LifecycleEvent event, Cause cause, std::string detail);

  // Operations, the restart policy and changes of the definition, in supervisor_operations.cpp.
  net::awaitable<void> takeDefinition(Mail mail);
  Task<void> keepDefinition(Vm next, std::vector<VmEvent> events);
  [[nodiscard]] std::optional<Error> objectionTo(const Mail& mail) const;
  [[nodiscard]] bool isOfAnother(const Mail& mail) const;
  /// Whether something starts it by itself that may not, and is told so.
  bool isHeldBack(const Mail& mail);
  net::awaitable<void> keepWish(Mail mail);
  [[nodiscard]] Error overtakenError() const;
  bool isAdmitted(const Mail& mail);
  Task<void> beginOperation(Mail mail);
  net::awaitable<void> settleOperation(Mail mail, State before);
  net::awaitable<void> finishOperation(OperationState state, std::optional<Error> error);
  [[nodiscard]] Error failureOf(const Mail& mail) const;
  [[nodiscard]] VmView answerTo(const Mail& mail, const std::string& begun) const;
  void considerRestart(Mail& mail) const;
  void applyPolicy(Mail& mail, const ExitRecord& exit) const;

  // What became of the VM while no daemon watched, in supervisor_recovery.cpp.
  net::awaitable<bool> isHeldUnlocked();
  [[nodiscard]] ExitRecord unseenExit(HostBoot boot) const;
  net::awaitable<void> adopt();
  net::awaitable<void> compareWithRunner();
  net::awaitable<void> resumeOperation();
  net::awaitable<void> settleCutOperation();

  // Effects, in supervisor_effects.cpp.
  void startRun();
  void endRun();
  void tendShim();
  net::awaitable<void> tellShim(StopSettings stop);
  void setProcesses(const std::optional<ShimStatus>& status);
  void watch(ShimStatus status);
  net::awaitable<void> launch();
  Task<ShimStatus> launchRunner();
  net::awaitable<void> watchExit();
  net::awaitable<void> watchReadiness();
  [[nodiscard]] Milliseconds untilRestart() const;
  net::awaitable<void> awaitRestart(Milliseconds wait);
  net::awaitable<void> changeGuest(RunnerChange change, Cause cause);
  void watchConsole();
  void tendReadiness(Acquaintance acquaintance);
  void refreshConditions(Cause cause);
  net::awaitable<void> restartUnready(std::string detail);
  /// The stop of the present run.
  GuestStop& ladder();
  [[nodiscard]] Milliseconds stopTimeout() const;
  void escalateStop();
  net::awaitable<void> noteStop(std::string type, std::string detail);
  net::awaitable<void> keepBlackBox(ExitRecord exit, Argv argv);
  net::awaitable<void> record(std::string type, Cause cause, std::string detail);
  net::awaitable<void> keepEvents(std::vector<VmEvent> events);
  [[nodiscard]] VmEvent newEvent(std::string type, Cause cause, std::string detail) const;

  VmSnapshot snapshot_;
  // Its parts; after a change of one it is reset.
  Vm& vm_ = snapshot_.view.vm;
  Boxed<VmOperation>& operation_ = snapshot_.view.operation;
  std::optional<ConsoleNews>& console_ = snapshot_.view.console;
  Conditions& conditions_ = snapshot_.view.conditions;

  VmPaths paths_;  // of the present run, or of the last one
  SupervisorPorts ports_;
  Operations& operations_;
  const SupervisorSettings settings_;

  Mailbox<Mail> mailbox_;
  Condition changed_;
  TaskGroup tasks_;                   // the loop
  std::unique_ptr<TaskGroup> boxes_;  // what writes black boxes; empty before the first
  std::unique_ptr<TaskGroup> run_;    // what watches the present run; empty when nothing runs
  std::unique_ptr<GuestStop> stop_;   // of the present run, once there was need of it
  std::uint64_t runNumber_ = 0;

  std::unique_ptr<ConsoleWatch> consoleWatch_;  // of the present run
  std::unique_ptr<ReadinessWatch> readiness_;   // of the present run, once its guest has run
  bool adopting_ = false;                       // between Adopted and the shim's answer
  std::optional<std::string> endReason_;        // why the daemon itself ended the run
  std::uint64_t stopsGivenUp_ = 0;
  bool isRestart_ = false;  // the present run was begun by the restart policy
  Argv argv_;               // of the present run, if this daemon began it
  StopSettings shimStop_;   // what the shim of the present run knows of stopping it
  Boxed<Cause> hardStop_;   // who had the runner of the present run end its guest
  Boxed<Cause> lateStop_;   // who asked for a stop that was given up: its guest may obey late
  bool holdsStarts_ = false;
  bool isDue_ = false;
  bool removed_ = false;
  bool isOver_ = false;  // the loop reads no mail any more
};

}  // namespace microvm
