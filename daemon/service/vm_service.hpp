// The Service: a registry of supervisors, and what concerns more than one VM.
#pragma once
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "daemon/async/blocking_pool.hpp"
#include "daemon/async/task_group.hpp"
#include "daemon/service/admission.hpp"
#include "daemon/service/consoles.hpp"
#include "daemon/service/events/event_feed.hpp"
#include "daemon/service/operations.hpp"
#include "daemon/service/records/record_flush.hpp"
#include "daemon/service/records/vm_folders.hpp"
#include "daemon/service/service.hpp"
#include "daemon/service/supervisor.hpp"
#include "daemon/service/vm_registry.hpp"

namespace microvm {

struct ServiceSettings {
  std::string stateFolder;
  std::string runFolder;
  std::string bootId;  ///< of the host's present boot; VMs with autostart start once in each. Empty: they do not
  SupervisorSettings supervisor;
  std::uint64_t minFree = 0;              ///< bytes that stay free on the disk: nothing is created or started below
  Milliseconds startAfterLimit{120'000};  ///< for each to be ready that a VM starts after, once it was started
};

class VmService final : public Service {
public:
  VmService(const SupervisorPorts& ports, ServiceSettings settings);
  ~VmService() override;

  /// Reads the store and finds out what became of every VM. Until it ends, requests see the states as they were stored.
  Task<void> open();
  /// The daemon is about to end: from now on neither policy nor autostart starts anything.
  void holdStarts();
  /// Stops watching. Every VM goes on.
  void shutDown();
  /// How many VMs run, without the rest of info().
  [[nodiscard]] std::size_t running() const { return vms_.running(); }

  ServerInfo info() const override;
  KeyedAnswers& keyedAnswers() override { return answers_; }
  bool isReady() const override { return ready_; }
  std::optional<Error> storeProblem() const override { return ports_.store.problem(); }
  Task<VmView> create(Draft draft, Cause cause) override;
  Task<std::vector<RunnerReport>> capabilities(std::optional<RunnerKind> runner) override {
    return admission_.capabilities(runner);
  }
  Task<std::vector<FieldError>> check(Draft draft) override { return admission_.checkOnHost(std::move(draft)); }
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
  Task<VmView> wait(std::string nameOrId, WaitFor condition, Milliseconds limit) override;
  Task<VmView> awaitCondition(std::string nameOrId, ConditionGoal goal, Milliseconds limit) override;
  Task<ConsoleSlice> consoleLog(std::string nameOrId, std::uint64_t offset, std::size_t limit) override {
    return consoles_.log(std::move(nameOrId), offset, limit);
  }
  Task<ConsoleTimes> consoleTimes(std::string nameOrId) override { return consoles_.times(std::move(nameOrId)); }
  Task<ConsoleStatus> consoleStatus(std::string nameOrId) override { return consoles_.status(std::move(nameOrId)); }
  Task<std::unique_ptr<ConsoleStream>> attachConsole(std::string nameOrId, ConsoleAttach request) override {
    return consoles_.attach(std::move(nameOrId), std::move(request));
  }
  Task<std::string> runnerLog(std::string nameOrId) override;
  Task<EventPage> events(EventQuery query) override { return feed_.read(std::move(query)); }
  Task<void> awaitEvents(std::uint64_t after, Milliseconds limit) override { return feed_.wait(after, limit); }
  Result<std::vector<VmOperation>> operations(const std::optional<std::string>& vm) const override;
  Result<VmOperation> operation(const std::string& id) const override { return operations_.find(id); }
  Task<VmOperation> waitOperation(std::string id, Milliseconds limit) override {
    return operations_.wait(std::move(id), limit);
  }
  Task<VmOperation> cancelOperation(std::string id, Cause cause) override;
  Tokens& tokens() override { return tokens_; }
  Task<std::string> postmortem(std::string nameOrId) override;
  Task<RunnerAnswer> askRunner(std::string nameOrId, RunnerQuestion question, Cause cause) override;
  Task<StoreCopy> backup(std::optional<std::string> file, Cause cause) override;
  Task<Verification> verify() override;

private:
  [[nodiscard]] VmPaths pathsOf(const Vm& vm) const;
  [[nodiscard]] Vm newVm(Definition definition) const;
  /// check() for what takes the place of `before`: without a look at the host when nothing but metadata is another.
  Task<std::vector<FieldError>> checkChange(Definition before, Draft draft);
  /// Errc::AlreadyExists, or Errc::InUse when others name the old name.
  Result<Reservation> reserveRename(const std::string& oldName, const std::string& newName);
  /// Copies what the source writes for this new VM. Leaves nothing behind on failure.
  Task<void> copyForClone(SupervisorPtr source, Vm vm, Cause cause);
  static void giveMacs(Definition& definition);
  Task<VmView> request(std::string nameOrId, LifecycleEvent event, Asker asker, StopRequest stop = {});
  Task<void> keep(Vm vm, VmPaths paths, Cause cause);
  Task<void> endBroken(SupervisorPtr supervisor, bool force);
  SupervisorPtr adopt(Vm vm);

  // What open() does, in vm_service_open.cpp.
  net::awaitable<void> findDue();
  net::awaitable<void> keepDue();
  [[nodiscard]] std::string dueIds() const;
  net::awaitable<void> keepFact(std::string name, std::string value);
  net::awaitable<void> autostart();
  net::awaitable<bool> autostartOne(std::string name);
  net::awaitable<void> autostartLater(std::string name);
  net::awaitable<bool> awaitForerunners(std::string name);
  /// Whether it is not ready, and may become so without anybody's doing.
  [[nodiscard]] bool isAwaited(const std::string& forerunner) const;
  [[nodiscard]] bool hasToWait(const std::string& name) const;
  net::awaitable<void> reconcileAll(HostBoot boot);
  net::awaitable<HostBoot> lastBoot();
  net::awaitable<void> noteBoot();
  net::awaitable<void> mend(std::vector<Vm> vms);
  void checkLock(Vm& vm) const;
  Task<void> recover();
  net::awaitable<void> recoverVm(Vm vm);
  net::awaitable<void> finishDelete(StrayFolder stray);
  Task<void> findUnlisted();
  net::awaitable<void> tell(std::string type, Cause cause, std::string detail);
  void adoptBroken(Vm vm, std::string name, std::string reason);
  [[nodiscard]] std::set<std::string> knownIds() const;

  SupervisorPorts ports_;
  const ServiceSettings settings_;
  const Timestamp startedAt_;
  bool ready_ = false;
  VmRegistry vms_;
  Admission admission_;
  Consoles consoles_;
  std::set<std::string> awaiting_;  // names of VMs that start with the host once others are ready
  Condition lateStart_;             // one of them has been started
  std::string keptDue_;             // the ids, as they are kept, of those that are still to start with this boot
  Operations operations_;
  EventFeed feed_;
  Tokens tokens_;
  KeyedAnswers answers_;
  RecordFlush flush_;
  TaskGroup background_;
};

}  // namespace microvm
