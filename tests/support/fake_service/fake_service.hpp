// A service without VMs behind it, for tests of the HTTP server.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/async/condition.hpp"
#include "daemon/service/service.hpp"
#include "daemon/store/memory/memory_store.hpp"
#include "tests/support/fake_service/fake_console.hpp"

namespace microvm::fake {

/// Members are set before the server runs, or on its thread. An error in `failure` is what every call ends with.
class FakeService : public Service {
public:
  explicit FakeService(net::any_io_executor executor);

  ServerInfo info() const override;
  KeyedAnswers& keyedAnswers() override { return answers_; }
  bool isReady() const override { return ready; }
  Task<VmView> create(Draft draft, Cause cause) override;
  Task<std::vector<RunnerReport>> capabilities(std::optional<RunnerKind> runner) override;
  Task<std::vector<FieldError>> check(Draft draft) override;
  Task<VmView> change(std::string nameOrId, DefinitionChange change, Cause cause) override;
  Task<VmView> clone(std::string nameOrId, std::string newName, Cause cause) override;
  std::vector<VmSnapshotPtr> snapshots() const override;
  Result<VmSnapshotPtr> snapshot(const std::string& nameOrId) const override;
  std::vector<VmView> list() const override;
  Result<VmView> find(const std::string& nameOrId) const override;
  Task<void> remove(std::string nameOrId, bool force, Asker asker) override;
  Task<VmView> start(std::string nameOrId, Asker asker) override;
  Task<VmView> stop(std::string nameOrId, StopRequest request, Asker asker) override;
  Task<VmView> kill(std::string nameOrId, Asker asker) override;
  Task<VmView> pause(std::string nameOrId, Asker asker) override;
  Task<VmView> resume(std::string nameOrId, Asker asker) override;
  Task<VmView> restart(std::string nameOrId, StopRequest request, Asker asker) override;
  Result<std::vector<VmOperation>> operations(const std::optional<std::string>& vm) const override;
  Result<VmOperation> operation(const std::string& id) const override;
  /// Ends the operation as asked after `waitTakes`.
  Task<VmOperation> waitOperation(std::string id, Milliseconds limit) override;
  Task<VmOperation> cancelOperation(std::string id, Cause cause) override;
  Task<std::string> postmortem(std::string nameOrId) override;
  Task<RunnerAnswer> askRunner(std::string nameOrId, RunnerQuestion question, Cause cause) override;
  /// Changes the state as asked after `waitTakes`, or times out.
  Task<VmView> wait(std::string nameOrId, WaitFor condition, Milliseconds limit) override;
  /// Ends at once, whatever the condition is; a timeout when `waitTakes` is beyond the limit.
  Task<VmView> awaitCondition(std::string nameOrId, ConditionGoal goal, Milliseconds limit) override;
  Task<ConsoleSlice> consoleLog(std::string nameOrId, std::uint64_t offset, std::size_t limit) override;
  Task<ConsoleTimes> consoleTimes(std::string nameOrId) override;
  Task<ConsoleStatus> consoleStatus(std::string nameOrId) override;
  Task<std::unique_ptr<ConsoleStream>> attachConsole(std::string nameOrId, ConsoleAttach request) override;
  Task<std::string> runnerLog(std::string nameOrId) override;
  Task<StoreCopy> backup(std::optional<std::string> file, Cause cause) override;
  Task<Verification> verify() override;
  /// Of `happened`, which may be anything; `pruned` events before it are gone.
  Task<EventPage> events(EventQuery query) override;
  Tokens& tokens() override { return madeTokens; }
  Task<void> awaitEvents(std::uint64_t after, Milliseconds limit) override;
  /// Adds it to `happened`, with the next number, and wakes who waits for it.
  void happen(VmEvent event);

  /// Adds a VM with this name, the same each time.
  VmView& add(const std::string& name);

  bool ready = true;
  Result<std::string> runnerProgram = std::string("/fake/vfkit");
  std::optional<Error> failure;
  std::map<std::string, VmView> vms;
  int overtaken = 0;               ///< so many further changes find another definition than they were made for
  std::vector<std::string> calls;  ///< "start web", "wait web running 30000"
  Milliseconds waitTakes{0};
  bool waitGivenUp = false;
  std::uint64_t logStart = 0;
  std::string log;
  ConsoleTimes times;
  std::optional<Error> attachFailure;
  std::shared_ptr<ConsoleState> console;
  std::vector<VmEvent> happened;
  std::shared_ptr<Condition> eventArrived;   ///< shared with those who wait for it
  std::map<std::string, VmOperation> asked;  ///< operations, by id
  std::optional<Error> operationFails;       ///< how the next operation that is waited for ends
  RunnerAnswer runnerAnswer{200, "application/json; charset=utf-8", R"({"state":"VirtualMachineStateRunning"})"};
  EventQuery lastQuery;
  std::vector<std::string> findings;
  MemoryStore store;
  Tokens madeTokens;
  Cause lastCause;
  Generations lastOnly;  ///< of the last start or remove
  bool throws = false;

private:
  MemoryStore store_;
  KeyedAnswers answers_;
  Result<VmView> change(const std::string& nameOrId, State state, Desired desired);
  Result<VmView> begin(const std::string& nameOrId, OperationKind kind, State state, Desired desired);
};

}  // namespace microvm::fake
