#include "daemon/service/vm_service.hpp"

#include <algorithm>
#include <array>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "api/core/id.hpp"
#include "api/core/logging.hpp"
#include "api/version/version.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/domain/definition/mac.hpp"
#include "daemon/files/volume_files.hpp"
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

void VmService::shutDown() {
  background_.cancel();
  flush_.shutDown();
  for (const auto& [name, supervisor] : byName_)
    supervisor->shutDown();
}

std::size_t VmService::running() const {
  const auto runs = [](const auto& entry) { return isAlive(entry.second->vm().state); };
  return static_cast<std::size_t>(std::count_if(byName_.begin(), byName_.end(), runs));
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
  info.vms = byName_.size();
  info.host = hostResources();
  info.process = processFigures();
  info.running = running();
  for (const auto& [name, supervisor] : byName_) {
    if (!isAlive(supervisor->vm().state)) continue;
    info.allocated.cpus += supervisor->vm().definition.cpus;
    info.allocated.memory += supervisor->vm().definition.memory;
  }
  return info;
}

Task<VmView> VmService::create(Draft draft, Cause cause) {
  giveMacs(draft.definition);
  const std::string name = draft.definition.name;
  const Reservation reservation(reserved_, name);
  if (reservation.isTaken() || byName_.count(name) != 0) {
    co_return Error{Errc::AlreadyExists,
                    fmt::format("there is a VM named {} already", name),
                    "choose another name, or delete it first",
                    {}};
  }
  Vm vm = newVm(draft.definition);
  auto usable = co_await checkOnHost(std::move(draft));
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

Task<std::vector<FieldError>> VmService::checkOnHost(Draft draft) {
  auto job = [runner = &ports_.runner, settings = &settings_,
              draft = std::move(draft)]() -> Result<std::vector<FieldError>> {
    const auto record = runner->capabilities(runnerOn(thisHost(), draft.definition.runner));
    Findings findings = judge(draft, record);
    std::vector<FieldError>& errors = findings.errors;
    addUntold(errors, runner->refusals(draft.definition));
    const auto usable = checkHost(draft.definition, record);
    if (!usable) addUntold(errors, usable.error().errors);
    if (!errors.empty()) return invalidMembers(std::move(errors));
    if (auto room = checkRoom({settings->stateFolder, settings->runFolder}, settings->minFree); !room) {
      return std::move(room).error();
    }
    return std::move(findings.warnings);
  };
  co_return co_await ports_.files.run(std::move(job));
}

Task<std::vector<RunnerReport>> VmService::capabilities(std::optional<RunnerKind> runner) {
  auto job = [port = &ports_.runner, runner]() -> Result<std::vector<RunnerReport>> {
    std::vector<RunnerReport> reports;
    for (const RunnerKind kind : {RunnerKind::Vfkit, RunnerKind::Krunkit, RunnerKind::Qemu}) {
      if (!runner || runnerOn(thisHost(), *runner) == kind) {
        reports.push_back({port->capabilities(kind), port->isInstalled(kind)});
      }
    }
    return reports;
  };
  co_return co_await ports_.files.run(std::move(job));
}

Task<void> VmService::keep(Vm vm, VmPaths paths, Cause cause) {
  auto makeJob = [paths, vm] { return createVmFolder(paths, vm); };
  auto made = co_await ports_.files.run(std::move(makeJob));
  if (!made) co_return std::move(made).error();
  VmEvent event;
  event.at = vm.createdAt;
  event.vmId = vm.id;
  event.vmName = vm.definition.name;
  event.labels = vm.definition.labels;
  event.type = "vm.created";
  event.cause = cause;
  std::vector<VmEvent> events;
  events.push_back(std::move(event));
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

VmService::SupervisorPtr VmService::adopt(Vm vm) {
  const VmPaths paths = pathsOf(vm);
  const std::string name = vm.definition.name;
  auto supervisor = std::make_shared<Supervisor>(std::move(vm), paths, ports_, operations_, settings_.supervisor);
  supervisor->begin();
  byName_[name] = supervisor;
  return supervisor;
}

std::vector<VmView> VmService::list() const {
  std::vector<VmView> views;
  views.reserve(byName_.size());
  for (const auto& [name, supervisor] : byName_)
    views.push_back(supervisor->view());
  return views;
}

std::vector<VmSnapshotPtr> VmService::snapshots() const {
  std::vector<VmSnapshotPtr> all;
  all.reserve(byName_.size());
  for (const auto& [name, supervisor] : byName_)
    all.push_back(supervisor->snapshot());
  return all;
}

Result<VmSnapshotPtr> VmService::snapshot(const std::string& nameOrId) const {
  auto found = lookUp(nameOrId);
  if (!found) return std::move(found).error();
  return (*found)->snapshot();
}

Result<VmService::SupervisorPtr> VmService::lookUp(const std::string& nameOrId) const {
  const auto named = byName_.find(nameOrId);
  if (named != byName_.end()) return named->second;
  const auto identified = std::find_if(byName_.begin(), byName_.end(),
                                       [&](const auto& entry) { return entry.second->vm().id == nameOrId; });
  if (identified != byName_.end()) return identified->second;
  return Error{
      Errc::NotFound, fmt::format("there is no VM named {}", nameOrId), "microvmctl list shows those there are", {}};
}

Result<VmView> VmService::find(const std::string& nameOrId) const {
  auto found = lookUp(nameOrId);
  if (!found) return std::move(found).error();
  return (*found)->view();
}

Task<void> VmService::remove(std::string nameOrId, bool force, Asker asker) {
  auto found = lookUp(nameOrId);
  if (!found) co_return std::move(found).error();
  const auto supervisor = *found;
  if (supervisor->vm().definition.isProtected) {
    const auto& name = supervisor->vm().definition.name;
    co_return Error{Errc::Protected,
                    fmt::format("VM {} is protected from being deleted", name),
                    fmt::format("microvmctl unprotect {}, then delete it", name),
                    {}};
  }
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
  byName_.erase(supervisor->vm().definition.name);
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

/// What cannot work is refused before anything changes.
Task<void> VmService::checkStartable(SupervisorPtr supervisor) {
  Draft draft(supervisor->vm().definition);
  auto usable = co_await checkOnHost(std::move(draft));
  if (!usable) co_return std::move(usable).error();
  Vm vm = supervisor->vm();
  // What a running VM has in its run folder is its runner's.
  if (!isAlive(vm.state)) {
    auto runnable = ports_.runner.commandLine(vm.definition, supervisor->paths());
    if (!runnable) co_return std::move(runnable).error();
  } else if (const auto kind = runnerOn(thisHost(), vm.definition.runner); !ports_.runner.isInstalled(kind)) {
    co_return Error{Errc::RunnerMissing,
                    fmt::format("{} is not there any more", programOf(kind)),
                    "microvmctl doctor looks for it",
                    {}};
  }
  co_return co_await checkFree(std::move(vm));
}

Task<VmView> VmService::request(std::string nameOrId, LifecycleEvent event, Asker asker, StopRequest stop) {
  auto found = lookUp(nameOrId);
  if (!found) co_return std::move(found).error();
  const auto supervisor = *found;
  const auto state = supervisor->vm().state;
  const bool isDown = state == State::Stopped || state == State::Restarting;
  std::optional<Reservation> claim;
  // A restart of what could not start again would only be a stop.
  if (event == LifecycleEvent::RestartAsked || (event == LifecycleEvent::StartAsked && isDown)) {
    auto startable = co_await checkStartable(supervisor);
    if (!startable) co_return std::move(startable).error();
    // Nothing else has happened since: until the VM is seen to run, nobody else starts with its images.
    claim.emplace(claims_, supervisor->vm().id);
  }
  co_return co_await supervisor->ask(event, std::move(asker), stop);
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
  if (const auto found = lookUp(nameOrId)) {
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

std::vector<ImageUse> VmService::imagesOfOthers(const Vm& vm) const {
  std::vector<ImageUse> uses;
  for (const auto& [name, other] : byName_) {
    const bool isUsing = isAlive(other->vm().state) || claims_.contains(other->vm().id);
    if (other->vm().id == vm.id || !isUsing) continue;
    for (ImageUse& use : imagesOf(other->vm().definition))
      uses.push_back(std::move(use));
  }
  return uses;
}

Task<void> VmService::checkFree(Vm vm) {
  while (true) {
    const auto uses = imagesOfOthers(vm);
    auto job = [definition = vm.definition, uses] { return checkImagesFree(definition, uses); };
    auto free = co_await ports_.files.run(std::move(job));
    if (!free) co_return std::move(free).error();
    // Another VM may have started while the files were looked at.
    if (imagesOfOthers(vm) == uses) co_return Result<void>();
  }
}

Task<VmView> VmService::wait(std::string nameOrId, WaitFor condition, Milliseconds limit) {
  auto found = lookUp(nameOrId);
  if (!found) co_return std::move(found).error();
  const auto supervisor = *found;
  co_return co_await supervisor->wait(condition, limit);
}

Task<VmView> VmService::awaitCondition(std::string nameOrId, ConditionGoal goal, Milliseconds limit) {
  auto found = lookUp(nameOrId);
  if (!found) co_return std::move(found).error();
  const auto supervisor = *found;
  co_return co_await supervisor->awaitCondition(std::move(goal), limit);
}

Task<ConsoleSlice> VmService::consoleLog(std::string nameOrId, std::uint64_t offset, std::size_t limit) {
  auto found = lookUp(nameOrId);
  if (!found) co_return std::move(found).error();
  auto job = [logs = &ports_.logs, paths = (*found)->paths(), offset, limit] {
    return logs->read(paths, offset, limit);
  };
  co_return co_await ports_.files.run(std::move(job));
}

Task<ConsoleTimes> VmService::consoleTimes(std::string nameOrId) {
  auto found = lookUp(nameOrId);
  if (!found) co_return std::move(found).error();
  auto job = [logs = &ports_.logs, paths = (*found)->paths()] { return logs->times(paths); };
  co_return co_await ports_.files.run(std::move(job));
}

Task<ConsoleStatus> VmService::consoleStatus(std::string nameOrId) {
  auto found = lookUp(nameOrId);
  if (!found) co_return std::move(found).error();
  const auto supervisor = *found;
  ConsoleStatus status;
  auto bounds = co_await consoleLog(nameOrId, 0, 0);
  if (!bounds) co_return std::move(bounds).error();
  status.start = bounds->start;
  status.end = bounds->end;
  auto times = co_await consoleTimes(nameOrId);
  if (!times) co_return std::move(times).error();
  status.times = std::move(*times);
  status.isRunning = isAlive(supervisor->vm().state);
  status.news = supervisor->view().console;
  if (!status.isRunning) co_return status;
  auto shim = co_await ports_.shims.status(supervisor->paths());
  if (!shim) co_return status;  // it ends, or has yet to begin
  status.start = shim->consoleStart;
  status.end = shim->consoleEnd;
  status.dropped = shim->consoleDropped;
  status.rate = shim->consoleRate;
  co_return status;
}

Task<std::unique_ptr<ConsoleStream>> VmService::attachConsole(std::string nameOrId, ConsoleAttach request) {
  auto found = lookUp(nameOrId);
  if (!found) co_return std::move(found).error();
  const auto supervisor = *found;
  if (!isAlive(supervisor->vm().state)) {
    const auto& name = supervisor->vm().definition.name;
    co_return Error{Errc::WrongState,
                    fmt::format("VM {} is {} and has no console to attach to", name, toText(supervisor->vm().state)),
                    fmt::format("microvmctl start {} starts it, microvmctl logs {} shows what it wrote", name, name),
                    {}};
  }
  co_return co_await ports_.shims.attach(supervisor->paths(), std::move(request));
}

Task<std::string> VmService::runnerLog(std::string nameOrId) {
  auto found = lookUp(nameOrId);
  if (!found) co_return std::move(found).error();
  auto job = [paths = (*found)->paths()] { return readRunnerLog(paths); };
  co_return co_await ports_.files.run(std::move(job));
}

Task<EventPage> VmService::events(EventQuery query) {
  return feed_.read(std::move(query));
}

Task<void> VmService::awaitEvents(std::uint64_t after, Milliseconds limit) {
  return feed_.wait(after, limit);
}

Result<std::vector<VmOperation>> VmService::operations(const std::optional<std::string>& vm) const {
  if (!vm) return operations_.list({});
  auto found = lookUp(*vm);
  if (!found) return std::move(found).error();
  return operations_.list((*found)->vm().id);
}

Task<VmOperation> VmService::waitOperation(std::string id, Milliseconds limit) {
  co_return co_await operations_.wait(std::move(id), limit);
}

Task<VmOperation> VmService::cancelOperation(std::string id, Cause cause) {
  auto operation = operations_.find(id);
  if (!operation) co_return std::move(operation).error();
  auto found = lookUp(operation->vmId);
  if (!found) co_return std::move(found).error();
  const auto supervisor = *found;
  auto cancelled = co_await supervisor->cancel(id, std::move(cause));
  if (!cancelled) co_return std::move(cancelled).error();
  co_return operations_.find(id);
}

Task<std::string> VmService::postmortem(std::string nameOrId) {
  auto found = lookUp(nameOrId);
  if (!found) co_return std::move(found).error();
  auto job = [paths = (*found)->paths()] { return readBlackBox(paths); };
  co_return co_await ports_.files.run(std::move(job));
}

Task<RunnerAnswer> VmService::askRunner(std::string nameOrId, RunnerQuestion question, Cause cause) {
  auto found = lookUp(nameOrId);
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
  auto answer = co_await ports_.runner.ask(supervisor->paths().runnerSocket(), std::move(question));
  const bool isLostHardStop = !answer && change == RunnerChange::HardStop;
  const bool isTaken = answer && answer->status < 300;
  if (change && (isTaken || isLostHardStop)) {
    co_await supervisor->observe(*change, std::move(cause));
  }
  co_return answer;
}

VmPaths VmService::pathsOf(const Vm& vm) const {
  VmPaths paths;
  paths.runFolder = settings_.runFolder + "/" + vm.runId;
  paths.stateFolder = settings_.stateFolder + "/vms/" + vm.id;
  return paths;
}

}  // namespace microvm
