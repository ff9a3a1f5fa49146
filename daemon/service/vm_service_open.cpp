// How the service begins: the store says which VMs there are, the folders say what the store does not know, the locks
// say what runs.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "api/core/file.hpp"
#include "api/core/id.hpp"
#include "api/core/logging.hpp"
#include "api/core/text.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/domain/supervision/autostart.hpp"
#include "daemon/service/records/vm_files.hpp"
#include "daemon/service/records/vm_folders.hpp"
#include "daemon/service/vm_service.hpp"

namespace microvm {
namespace {

// Facts: the boot of the host whose autostart has begun, and the ids of those that are still to start with it.
constexpr const char* kAutostartBoot = "boot";
constexpr const char* kAutostartDue = "autostart-due";
constexpr const char* kLastBoot = "last-boot";  // a fact: the boot of the host in which a daemon last began

/// What every file system takes, with room for the ending of an unfinished copy.
Result<void> checkBackupPath(const std::string& file) {
  constexpr std::size_t kLongestName = 240;
  constexpr std::size_t kLongestPath = 1'000;
  const auto refused = [](const char* detail) { return invalidMembers({{"/file", detail}}); };
  if (!file.starts_with('/')) return refused("is not an absolute path");
  if (hasControlCharacters(file)) return refused("has control characters");
  if (file.size() > kLongestPath || file.size() - file.rfind('/') > kLongestName) return refused("is too long");
  return {};
}

/// Whether it may become ready without anybody's doing.
bool isComing(State state) {
  return isAlive(state) || state == State::Restarting;
}

}  // namespace

Task<void> VmService::open() {
  auto vms = co_await ports_.store.loadAll();
  if (!vms) co_return std::move(vms).error();
  auto opened = co_await operations_.open();
  if (!opened) co_return std::move(opened).error();
  auto tokens = co_await tokens_.open();
  if (!tokens) co_return std::move(tokens).error();
  const auto boot = co_await lastBoot();
  co_await mend(*vms);
  for (auto& vm : *vms) {
    checkLock(vm);
    adopt(std::move(vm));
  }
  auto recovered = co_await recover();
  if (!recovered) co_return std::move(recovered).error();
  auto listed = co_await findUnlisted();
  if (!listed) co_return std::move(listed).error();
  if (boot != HostBoot::Same) co_await noteBoot();
  co_await reconcileAll(boot);
  co_await findDue();
  ready_ = true;
  if (!settings_.bootId.empty()) background_.spawn("autostart", autostart());
  co_return Result<void>();
}

/// Kept before the first of them starts: a daemon that comes later in this boot goes on where this one ends, and starts
/// nothing that somebody has stopped meanwhile.
net::awaitable<void> VmService::findDue() {
  if (settings_.bootId.empty()) co_return;
  std::string bootName = kAutostartBoot;
  std::string dueName = kAutostartDue;
  const auto last = co_await ports_.store.fact(bootName);
  const auto due = co_await ports_.store.fact(std::move(dueName));
  const bool isBegun = last && *last && **last == settings_.bootId;
  if (isBegun && due) keptDue_ = due->value_or("");
  for (const auto& [name, supervisor] : vms_.byName()) {
    const bool isLeft = keptDue_.find(supervisor->vm().id) != std::string::npos;
    if (isBegun ? isLeft : startsWithHost(supervisor->vm())) supervisor->expectHostStart();
  }
  if (isBegun) co_return;
  keptDue_ = dueIds();
  co_await keepFact(kAutostartDue, keptDue_);
  co_await keepFact(std::move(bootName), settings_.bootId);
}

std::string VmService::dueIds() const {
  std::string ids;
  for (const auto& [name, supervisor] : vms_.byName()) {
    if (supervisor->isDue()) ids += supervisor->vm().id + " ";
  }
  return ids;
}

net::awaitable<void> VmService::keepDue() {
  if (keptDue_.empty()) co_return;  // there were none, or they have all started
  auto due = dueIds();
  if (due == keptDue_) co_return;
  keptDue_ = due;
  co_await keepFact(kAutostartDue, std::move(due));
}

/// The service may be gone when it ends.
net::awaitable<void> VmService::keepFact(std::string name, std::string value) {
  auto saved = co_await ports_.store.saveFact(name, std::move(value));
  if (!saved) logWarn("cannot record what starts with the host fact={} error={}", name, saved.error().detail);
}

net::awaitable<void> VmService::autostart() {
  std::vector<Definition> wanted;
  for (const auto& [ignored, supervisor] : vms_.byName()) {
    if (supervisor->isDue()) wanted.push_back(supervisor->vm().definition);
  }
  // One after the other: each has its host to itself while it boots. Those that wait hold nobody up.
  TaskGroup waiting(ports_.executor);
  for (const auto& next : startOrder(wanted)) {
    if (hasToWait(next)) {
      awaiting_.insert(next);
      waiting.spawn("autostart " + next, autostartLater(next));
      continue;
    }
    const bool goesOn = co_await autostartOne(next);
    if (!goesOn) co_return;  // the service may be gone
  }
  co_await waiting.join();
}

net::awaitable<bool> VmService::autostartOne(std::string name) {
  const auto found = vms_.find(name);
  if (!found) co_return true;
  const auto supervisor = *found;
  const auto delay = supervisor->vm().definition.autostart.delay;
  auto paused = co_await microvm::pause(delay);
  if (!paused) co_return false;
  if (!supervisor->isDue()) co_return true;  // somebody has decided otherwise
  Asker asker(kAutostart);
  auto started = co_await request(supervisor->vm().id, LifecycleEvent::StartAsked, std::move(asker));
  if (!started && started.error().code == Errc::Cancelled) co_return false;
  supervisor->endHostStart();
  co_await keepDue();
  if (!started) {
    logWarn("not started with the host vm={} error={}", name, started.error().detail);
    co_return true;
  }
  if (started->vm.state == State::Stopped) co_return true;
  auto waited = co_await wait(name, WaitFor::Running, settings_.supervisor.readyTimeout);
  if (!waited) logWarn("started with the host, but does not run vm={} error={}", name, waited.error().detail);
  co_return waited || waited.error().code != Errc::Cancelled;
}

net::awaitable<void> VmService::autostartLater(std::string name) {
  const bool isTime = co_await awaitForerunners(name);
  if (!isTime) co_return;  // the service may be gone
  const bool goesOn = co_await autostartOne(name);
  if (!goesOn) co_return;
  awaiting_.erase(name);
  lateStart_.notifyAll();
}

/// One that did not start is not waited for.
bool VmService::isAwaited(const std::string& forerunner) const {
  const auto found = vms_.find(forerunner);
  if (!found) return false;
  const auto conditions = conditionsIn((*found)->view());
  const bool isReady = findCondition(conditions, "Ready")->status == ConditionStatus::True;
  return !isReady && (isComing((*found)->vm().state) || awaiting_.contains(forerunner));
}

bool VmService::hasToWait(const std::string& name) const {
  const auto found = vms_.find(name);
  if (!found) return false;
  const auto& forerunners = (*found)->vm().definition.autostart.startAfter;
  return std::any_of(forerunners.begin(), forerunners.end(),
                     [this](const std::string& forerunner) { return isAwaited(forerunner); });
}

/// Those that are not ready in time are told.
net::awaitable<bool> VmService::awaitForerunners(std::string name) {
  const auto found = vms_.find(name);
  if (!found) co_return true;
  const auto supervisor = *found;
  const auto forerunners = supervisor->vm().definition.autostart.startAfter;
  for (const auto& forerunner : forerunners) {
    while (awaiting_.contains(forerunner)) {
      auto started = co_await lateStart_.wait();
      if (!started) co_return false;
    }
    if (!isAwaited(forerunner)) continue;
    ConditionGoal goal;
    auto ready = co_await awaitCondition(forerunner, std::move(goal), settings_.startAfterLimit);
    if (ready) continue;
    if (ready.error().code == Errc::Cancelled) co_return false;
    logWarn("started after one that is not ready vm={} after={} error={}", name, forerunner, ready.error().detail);
    std::vector<VmEvent> events;
    auto detail = fmt::format("started although {} is not ready: {}", forerunner, ready.error().detail);
    events.push_back(eventOf(supervisor->vm(), "vm.start-after-given-up", "autostart", std::move(detail), now()));
    auto kept = co_await ports_.store.append(std::move(events));
    if (!kept) logWarn("cannot record an event vm={} error={}", name, kept.error().detail);
  }
  co_return true;
}

/// Those that ran all at the same time: what is found of them is kept by few commits, not by one each. The others have
/// nothing to wait for.
net::awaitable<void> VmService::reconcileAll(HostBoot boot) {
  TaskGroup looks(ports_.executor);
  const auto known = vms_.byName();
  for (const auto& [name, supervisor] : known) {
    if (isAlive(supervisor->vm().state)) {
      looks.spawn("reconcile " + name, supervisor->reconcile(boot));
    } else {
      co_await supervisor->reconcile(boot);
    }
  }
  co_await looks.join();
  for (const auto& [name, supervisor] : known)
    co_await supervisor->awaitAdoption();
}

net::awaitable<HostBoot> VmService::lastBoot() {
  std::string name = kLastBoot;
  auto last = co_await ports_.store.fact(std::move(name));
  if (settings_.bootId.empty() || !last || !*last) co_return HostBoot::Unknown;
  co_return **last == settings_.bootId ? HostBoot::Same : HostBoot::New;
}

/// Once what the boot may have left undone is mended.
net::awaitable<void> VmService::noteBoot() {
  if (settings_.bootId.empty()) co_return;
  std::string name = kLastBoot;
  std::string value = settings_.bootId;
  auto saved = co_await ports_.store.saveFact(std::move(name), std::move(value));
  if (!saved) logWarn("cannot record the boot of the host error={}", saved.error().detail);
}

/// What was not flushed went with the power, whatever the file looks like now; what was may have been changed by
/// others.
net::awaitable<void> VmService::mend(std::vector<Vm> vms) {
  auto job = [folder = settings_.stateFolder, vms = std::move(vms)] { return mendRecords(folder, vms); };
  auto mended = co_await ports_.files.run(std::move(job));
  if (!mended) logWarn("a vm.json is missing error={}", mended.error().detail);
}

/// Without its lock nobody can tell whether a VM runs, so nothing is done with it.
void VmService::checkLock(Vm& vm) const {
  const auto held = ports_.shims.isHeld(pathsOf(vm));
  if (held || vm.state == State::Broken) return;
  vm.state = State::Broken;
  vm.reason = "whether it runs cannot be found out: " + held.error().detail;
}

std::set<std::string> VmService::knownIds() const {
  std::set<std::string> ids;
  for (const auto& [name, supervisor] : vms_.byName())
    ids.insert(supervisor->vm().id);
  return ids;
}

/// Takes up what has a folder and no row: after a crash between the two, and after the database was lost.
Task<void> VmService::recover() {
  const auto start = ports_.store.start();
  const auto database = start.damage.empty() && !start.wasAbsent ? DatabaseState::Whole : DatabaseState::Lost;
  auto job = [folder = settings_.stateFolder, known = knownIds(), database] {
    return findStrayFolders(folder, known, database);
  };
  auto strays = co_await ports_.files.run(std::move(job));
  if (!strays) co_return std::move(strays).error();
  if (!start.damage.empty() || (start.wasAbsent && !strays->empty())) {
    const auto found = std::count_if(strays->begin(), strays->end(),
                                     [](const StrayFolder& each) { return each.kind == StrayFolder::Kind::Vm; });
    auto detail = start.damage.empty()
                      ? fmt::format("there was no database; {} VMs are taken from their vm.json files", found)
                      : fmt::format("{}; it is kept as {}, and {} VMs are taken from their vm.json files", start.damage,
                                    start.setAside, found);
    co_await tell("store.rebuilt", "daemon", std::move(detail));
  }
  for (auto& stray : *strays) {
    switch (stray.kind) {
      case StrayFolder::Kind::Vm:
        co_await recoverVm(std::move(stray.vm));
        break;
      case StrayFolder::Kind::Deleted:
        co_await finishDelete(std::move(stray));
        break;
      case StrayFolder::Kind::Unreadable:
        stray.vm.id = stray.id;
        adoptBroken(std::move(stray.vm), stray.id, stray.problem);
        break;
    }
  }
  co_return Result<void>();
}

net::awaitable<void> VmService::recoverVm(Vm vm) {
  vm.reason = "taken from its vm.json: the database did not have it";
  vm.stateSince = now();
  if (ports_.shims.isHeld(pathsOf(vm)).value_or(false)) vm.desired = Desired::Running;
  std::vector<VmEvent> events;
  events.push_back(eventOf(vm, "vm.recovered", "daemon", vm.reason, now()));
  auto inserted = co_await ports_.store.insert(vm, std::move(events));
  if (!inserted) {
    const std::string id = vm.id;
    adoptBroken(std::move(vm), id, "it cannot be taken from its vm.json: " + inserted.error().detail);
    co_return;
  }
  logWarn("recovered vm={} id={}", vm.definition.name, vm.id);
  adopt(std::move(vm));
}

net::awaitable<void> VmService::finishDelete(StrayFolder stray) {
  VmPaths paths;
  paths.stateFolder = settings_.stateFolder + "/vms/" + stray.id;
  // Without a run id there is nothing to be found in the run folder; removing an empty path removes nothing.
  if (!stray.vm.runId.empty()) paths.runFolder = settings_.runFolder + "/" + stray.vm.runId;
  auto job = [paths] { return removeVmFolders(paths); };
  auto removed = co_await ports_.files.run(std::move(job));
  if (!removed) {
    logWarn("a folder is left over path={} error={}", paths.stateFolder, removed.error().detail);
  } else {
    logInfo("finished a delete id={}", stray.id);
  }
}

/// A VM whose run folder is held although nobody knows it: its record was lost while it ran.
Task<void> VmService::findUnlisted() {
  std::set<std::string> runIds;
  for (const auto& [name, supervisor] : vms_.byName())
    runIds.insert(supervisor->vm().runId);
  auto job = [folder = settings_.runFolder, runIds] { return Result(findStrayRunFolders(folder, runIds)); };
  auto strays = co_await ports_.files.run(std::move(job));
  if (!strays) co_return std::move(strays).error();
  for (const auto& runId : *strays) {
    Vm vm;
    vm.id = newUuid();
    vm.runId = runId;
    // Also ends what runs there without its shim.
    const auto held = ports_.shims.isHeld(pathsOf(vm));
    if (!held || !*held) continue;
    adoptBroken(std::move(vm), "unlisted-" + runId, "it runs, and neither the database nor a vm.json knows it");
  }
  co_return Result<void>();
}

/// Not in the store: whether it can be read is found out anew at every start.
void VmService::adoptBroken(Vm vm, std::string name, std::string reason) {
  if (vm.runId.empty()) vm.runId = randomHex(8);
  while (vms_.has(name))
    name += "-";
  vm.definition.name = std::move(name);
  vm.state = State::Broken;
  vm.reason = std::move(reason);
  vm.stateSince = now();
  logError("broken vm={} id={} reason=\"{}\"", vm.definition.name, vm.id, vm.reason);
  adopt(std::move(vm));
}

Task<StoreCopy> VmService::backup(std::optional<std::string> file, Cause cause) {
  if (file) {
    if (auto usable = checkBackupPath(*file); !usable) co_return std::move(usable).error();
  }
  const std::string folder = settings_.stateFolder + "/backups";
  const auto path = file ? *file : fmt::format("{}/microvm-{}.db", folder, timeInName(now()));
  if (!file) {
    auto job = [folder] { return makeFolders(folder); };
    auto made = co_await ports_.files.run(std::move(job));
    if (!made) co_return std::move(made).error();
  }
  auto copy = co_await ports_.store.backup(path);
  if (copy) co_await tell("store.backed-up", std::move(cause), fmt::format("{} VMs in {}", copy->vms, copy->path));
  co_return copy;
}

Task<Verification> VmService::verify() {
  auto findings = co_await ports_.store.verify();
  if (!findings) co_return std::move(findings).error();
  std::vector<Vm> vms;
  for (const auto& view : list())
    vms.push_back(view.vm);
  Verification outcome;
  outcome.vms = vms.size();
  auto job = [folder = settings_.stateFolder, vms = std::move(vms)] { return Result(compareRecords(folder, vms)); };
  auto compared = co_await ports_.files.run(std::move(job));
  if (!compared) co_return std::move(compared).error();
  outcome.findings = std::move(*findings);
  outcome.findings.insert(outcome.findings.end(), compared->begin(), compared->end());
  co_return outcome;
}

net::awaitable<void> VmService::tell(std::string type, Cause cause, std::string detail) {
  logInfo(cause, "{} {}", type, detail);
  std::vector<VmEvent> events;
  events.push_back(eventOf(Vm(), std::move(type), cause, std::move(detail), now()));
  auto kept = co_await ports_.store.append(std::move(events));
  if (!kept) logError(cause, "cannot record an event error={}", kept.error().detail);
}

}  // namespace microvm
