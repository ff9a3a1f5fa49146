#include "daemon/service/vm_service.hpp"

#include <array>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "api/core/id.hpp"
#include "api/core/logging.hpp"
#include "api/version/version.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/domain/definition/mac.hpp"
#include "daemon/process/awake_clock.hpp"
#include "daemon/runner/question_rules.hpp"
#include "daemon/service/records/black_box.hpp"
#include "daemon/service/records/vm_files.hpp"

namespace microvm {
namespace {

constexpr Milliseconds kForcedRemovalLimit{10'000};
constexpr Milliseconds kLookAgain{20};

std::string randomMac() {
  std::array<std::uint8_t, 6> bytes{};
  for (auto& byte : bytes)
    byte = static_cast<std::uint8_t>(randomBits());
  return makeMac(bytes);
}

}  // namespace

VmService::VmService(const SupervisorPorts& ports, ServiceSettings settings)
    : ports_(ports),
      settings_(std::move(settings)),
      startedAt_(now()),
      admission_(ports.runner, ports.files, vms_, {{settings_.stateFolder, settings_.runFolder}, settings_.minFree}),
      consoles_(ports.shims, ports.logs, ports.files, vms_),
      lateStart_(ports.executor),
      operations_(ports.executor, ports.store),
      feed_(ports.executor, ports.store),
      tokens_(ports.executor, ports.store),
      answers_(ports.executor, ports.store),
      flush_(ports.executor, ports.files),
      background_(ports.executor) {}

VmService::~VmService() {
  shutDown();
}

void VmService::holdStarts() {
  for (const auto& [name, supervisor] : vms_.byName())
    supervisor->holdStarts();
}

void VmService::shutDown() {
  background_.cancel();
  flush_.shutDown();
  for (const auto& [name, supervisor] : vms_.byName())
    supervisor->shutDown();
}

ServerInfo VmService::info() const {
  ServerInfo info;
  info.version = version();
  info.apiVersions = {"v1"};
  info.stateFolder = settings_.stateFolder;
  info.runFolder = settings_.runFolder;
  info.runner = ports_.runner.program();
  info.pid = ::getpid();
  info.startedAt = startedAt_;
  info.vms = vms_.byName().size();
  info.host = hostResources();
  info.process = processFigures();
  info.running = running();
  for (const auto& [name, supervisor] : vms_.byName()) {
    if (!isAlive(supervisor->vm().state)) continue;
    info.allocated.cpus += supervisor->vm().definition.cpus;
    info.allocated.memory += supervisor->vm().definition.memory;
  }
  return info;
}

Task<VmView> VmService::create(Draft draft, Cause cause) {
  giveMacs(draft.definition);
  const std::string name = draft.definition.name;
  const auto reservation = vms_.reserve(name);
  if (!reservation) co_return reservation.error();
  Vm vm = newVm(draft.definition);
  auto usable = co_await admission_.checkOnHost(std::move(draft));
  if (!usable) co_return std::move(usable).error();
  const VmPaths paths = pathsOf(vm);
  auto kept = co_await keep(vm, paths, cause);
  if (!kept) co_return std::move(kept).error();
  logInfo(cause, "created vm={} id={}", name, vm.id);
  VmView view = adopt(std::move(vm))->view();
  view.warnings = std::move(*usable);
  co_return view;
}

void VmService::giveMacs(Definition& definition) {
  for (auto& interface : definition.interfaces) {
    if (interface.mac.empty()) interface.mac = randomMac();
  }
}

Vm VmService::newVm(Definition definition) const {
  Vm vm;
  vm.id = newUuid();
  vm.runId = randomHex(8);
  vm.definition = std::move(definition);
  vm.createdAt = vm.updatedAt = vm.stateSince = now();
  vm.reason = "never started";
  return vm;
}

Task<void> VmService::keep(Vm vm, VmPaths paths, Cause cause) {
  auto makeJob = [paths, vm] { return createVmFolder(paths, vm); };
  auto made = co_await ports_.files.run(std::move(makeJob));
  if (!made) co_return std::move(made).error();
  std::vector<VmEvent> events;
  events.push_back(eventOf(vm, "vm.created", cause, {}, vm.createdAt));
  auto inserted = co_await ports_.store.insert(std::move(vm), std::move(events));
  if (inserted) {
    // The database holds the VM from now on; its vm.json only has to be there when the database is not.
    flush_.add(std::move(paths));
    co_return Result<void>();
  }
  auto undoJob = [paths] { return removeVmFolders(paths); };
  auto undone = co_await ports_.files.run(std::move(undoJob));
  if (!undone) logWarn(cause, "a folder is left over path={} error={}", paths.stateFolder, undone.error().detail);
  co_return std::move(inserted).error();
}

SupervisorPtr VmService::adopt(Vm vm) {
  const VmPaths paths = ports_.shims.placeOf(pathsOf(vm));
  auto supervisor = std::make_shared<Supervisor>(std::move(vm), paths, ports_, operations_, settings_.supervisor);
  supervisor->begin();
  vms_.add(supervisor);
  return supervisor;
}

std::vector<VmView> VmService::list() const {
  std::vector<VmView> views;
  views.reserve(vms_.byName().size());
  for (const auto& [name, supervisor] : vms_.byName())
    views.push_back(supervisor->view());
  return views;
}

std::vector<VmSnapshotPtr> VmService::snapshots() const {
  std::vector<VmSnapshotPtr> all;
  all.reserve(vms_.byName().size());
  for (const auto& [name, supervisor] : vms_.byName())
    all.push_back(supervisor->snapshot());
  return all;
}

Result<VmSnapshotPtr> VmService::snapshot(const std::string& nameOrId) const {
  auto found = vms_.find(nameOrId);
  if (!found) return std::move(found).error();
  return (*found)->snapshot();
}

Result<VmView> VmService::find(const std::string& nameOrId) const {
  auto found = vms_.find(nameOrId);
  if (!found) return std::move(found).error();
  return (*found)->view();
}

Task<void> VmService::remove(std::string nameOrId, bool force, Asker asker) {
  auto found = vms_.find(nameOrId);
  if (!found) co_return std::move(found).error();
  const auto supervisor = *found;
  if (auto deletable = supervisor->checkDeletable(); !deletable) co_return std::move(deletable).error();
  if (force && isAlive(supervisor->vm().state)) {
    auto killed = co_await supervisor->ask(LifecycleEvent::KillAsked, asker);
    if (!killed) co_return std::move(killed).error();
    auto stopped = co_await supervisor->wait(WaitFor::Stopped, kForcedRemovalLimit);
    if (!stopped) co_return std::move(stopped).error();
  }
  if (supervisor->vm().state == State::Broken) {
    auto ended = co_await endBroken(supervisor, force);
    if (!ended) co_return std::move(ended).error();
  }
  auto removed = co_await supervisor->ask(LifecycleEvent::DeleteAsked, asker);
  if (!removed) co_return std::move(removed).error();
  vms_.forget(supervisor->vm().definition.name);
  co_await supervisor->awaitRest();
  auto job = [paths = supervisor->paths()] { return removeVmFolders(paths); };
  auto cleaned = co_await ports_.files.run(std::move(job));
  if (!cleaned)
    logWarn(asker.cause, "a folder is left over path={} error={}", supervisor->paths().stateFolder,
            cleaned.error().detail);
  logInfo(asker.cause, "deleted vm={} id={}", supervisor->vm().definition.name, supervisor->vm().id);
  co_return Result<void>();
}

/// A broken VM may run: what is kept of it says nothing.
Task<void> VmService::endBroken(SupervisorPtr supervisor, bool force) {
  const auto isHeld = [&] { return ports_.shims.isHeld(supervisor->paths()).value_or(false); };
  if (!isHeld()) co_return Result<void>();
  const auto& name = supervisor->vm().definition.name;
  if (!force) {
    co_return Error{Errc::WrongState,
                    fmt::format("VM {} is broken, and its runner runs", name),
                    "delete it with force, which kills it",
                    {}};
  }
  auto killed = co_await ports_.shims.kill(supervisor->paths());
  if (!killed) co_return std::move(killed).error();
  const auto deadline = AwakeClock::now() + kForcedRemovalLimit;
  while (isHeld()) {
    if (AwakeClock::now() > deadline) {
      co_return Error{Errc::Timeout, fmt::format("the runner of VM {} does not end", name), {}, {}};
    }
    auto paused = co_await microvm::pause(kLookAgain);
    if (!paused) co_return std::move(paused).error();
  }
  co_return Result<void>();
}

Task<VmView> VmService::request(std::string nameOrId, LifecycleEvent event, Asker asker, StopRequest stop) {
  auto found = vms_.find(nameOrId);
  if (!found) co_return std::move(found).error();
  const auto supervisor = *found;
  const auto state = supervisor->vm().state;
  const bool isDown = state == State::Stopped || state == State::Restarting;
  std::optional<Reservation> claim;
  // A restart of what could not start again would only be a stop.
  if (event == LifecycleEvent::RestartAsked || (event == LifecycleEvent::StartAsked && isDown)) {
    auto startable = co_await admission_.checkStartable(supervisor);
    if (!startable) co_return std::move(startable).error();
    // Nothing else has happened since: until the VM is seen to run, nobody else starts with its images.
    claim.emplace(admission_.claim(supervisor->vm().id));
  }
  auto asked = co_await supervisor->ask(event, std::move(asker), stop);
  if (asked) co_await keepDue();
  co_return asked;
}

Task<VmView> VmService::start(std::string nameOrId, Asker asker) {
  co_return co_await request(std::move(nameOrId), LifecycleEvent::StartAsked, std::move(asker));
}

Task<VmView> VmService::stop(std::string nameOrId, StopRequest stop, Asker asker) {
  co_return co_await request(std::move(nameOrId), LifecycleEvent::StopAsked, std::move(asker), stop);
}

Task<VmView> VmService::kill(std::string nameOrId, Asker asker) {
  co_return co_await request(std::move(nameOrId), LifecycleEvent::KillAsked, std::move(asker));
}

Task<VmView> VmService::pause(std::string nameOrId, Asker asker) {
  if (const auto found = vms_.find(nameOrId)) {
    const auto record = recordOf(usualTarget((*found)->vm().definition.runner, thisHost()));
    if (auto able = checkAble(record, Feature::Pause); !able) co_return std::move(able).error();
  }
  co_return co_await request(std::move(nameOrId), LifecycleEvent::PauseAsked, std::move(asker));
}

Task<VmView> VmService::resume(std::string nameOrId, Asker asker) {
  co_return co_await request(std::move(nameOrId), LifecycleEvent::ResumeAsked, std::move(asker));
}

Task<VmView> VmService::restart(std::string nameOrId, StopRequest stop, Asker asker) {
  co_return co_await request(std::move(nameOrId), LifecycleEvent::RestartAsked, std::move(asker), stop);
}

Task<VmView> VmService::wait(std::string nameOrId, WaitFor condition, Milliseconds limit) {
  auto found = vms_.find(nameOrId);
  if (!found) co_return std::move(found).error();
  const auto supervisor = *found;
  co_return co_await supervisor->wait(condition, limit);
}

Task<VmView> VmService::awaitCondition(std::string nameOrId, ConditionGoal goal, Milliseconds limit) {
  auto found = vms_.find(nameOrId);
  if (!found) co_return std::move(found).error();
  const auto supervisor = *found;
  co_return co_await supervisor->awaitCondition(std::move(goal), limit);
}

Task<std::string> VmService::runnerLog(std::string nameOrId) {
  auto found = vms_.find(nameOrId);
  if (!found) co_return std::move(found).error();
  auto job = [paths = (*found)->paths()] { return readRunnerLog(paths); };
  co_return co_await ports_.files.run(std::move(job));
}

Result<std::vector<VmOperation>> VmService::operations(const std::optional<std::string>& vm) const {
  if (!vm) return operations_.list({});
  auto found = vms_.find(*vm);
  if (!found) return std::move(found).error();
  return operations_.list((*found)->vm().id);
}

Task<VmOperation> VmService::cancelOperation(std::string id, Cause cause) {
  auto operation = operations_.find(id);
  if (!operation) co_return std::move(operation).error();
  auto found = vms_.find(operation->vmId);
  if (!found) co_return std::move(found).error();
  const auto supervisor = *found;
  auto cancelled = co_await supervisor->cancel(id, std::move(cause));
  if (!cancelled) co_return std::move(cancelled).error();
  co_return operations_.find(id);
}

Task<std::string> VmService::postmortem(std::string nameOrId) {
  auto found = vms_.find(nameOrId);
  if (!found) co_return std::move(found).error();
  auto job = [paths = (*found)->paths()] { return readBlackBox(paths); };
  co_return co_await ports_.files.run(std::move(job));
}

Task<RunnerAnswer> VmService::askRunner(std::string nameOrId, RunnerQuestion question, Cause cause) {
  auto found = vms_.find(nameOrId);
  if (!found) co_return std::move(found).error();
  const auto supervisor = *found;
  if (!isAlive(supervisor->vm().state)) {
    const auto& name = supervisor->vm().definition.name;
    co_return Error{Errc::WrongState,
                    fmt::format("VM {} is {} and has no runner", name, toText(supervisor->vm().state)),
                    "microvmctl start " + name,
                    {}};
  }
  const auto change = ports_.runner.changeIn(question);
  const auto record = recordOf(usualTarget(supervisor->vm().definition.runner, thisHost()));
  if (auto able = checkQuestion(record, question, change); !able) co_return std::move(able).error();
  const bool isHardStop = change == RunnerChange::HardStop;
  if (isHardStop) supervisor->expectHardStop(cause);
  auto answer = co_await ports_.runner.ask(supervisor->paths().runnerSocket(), std::move(question));
  const bool isTaken = answer && answer->status < 300;
  if (isHardStop && !isTaken) supervisor->expectHardStop(std::nullopt);
  if (change && isTaken) co_await supervisor->observe(*change, std::move(cause));
  co_return answer;
}

VmPaths VmService::pathsOf(const Vm& vm) const {
  VmPaths paths;
  paths.runFolder = settings_.runFolder + "/" + vm.runId;
  paths.stateFolder = settings_.stateFolder + "/vms/" + vm.id;
  return paths;
}

}  // namespace microvm
