#include "tests/support/fake_service/fake_service.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "daemon/async/timing.hpp"

namespace microvm::fake {
namespace {

Timestamp fixedTime() {
  return Timestamp(Milliseconds(1'795'430'452'123));
}

Error missing(const std::string& name) {
  return {Errc::NotFound, "there is no VM named " + name, {}, {}};
}

std::string textOf(WaitFor condition) {
  if (condition == WaitFor::Running) return "running";
  if (condition == WaitFor::Paused) return "paused";
  return condition == WaitFor::Stopped ? "stopped" : "deleted";
}

}  // namespace

FakeService::FakeService(net::any_io_executor executor)
    : console(std::make_shared<ConsoleState>(executor)),
      eventArrived(std::make_shared<Condition>(executor)),
      madeTokens(executor, store),
      answers_(executor, store) {}

VmView& FakeService::add(const std::string& name) {
  VmView view;
  view.vm.id = "01939f3e-7d6c-7aaa-8bbb-000000000001";
  view.vm.runId = "0a1b2c3d";
  view.vm.definition.name = name;
  view.vm.definition.boot = LinuxBoot{"/images/vmlinuz", {}, {}};
  view.vm.reason = "created";
  view.vm.createdAt = view.vm.updatedAt = view.vm.stateSince = fixedTime();
  return vms[name] = view;
}

ServerInfo FakeService::info() const {
  return {.version = "0.1.0",
          .apiVersions = {"v1"},
          .stateFolder = "/state",
          .runFolder = "/run",
          .runner = runnerProgram,
          .pid = 7,
          .startedAt = fixedTime(),
          .vms = vms.size(),
          .running = 0};
}

Task<VmView> FakeService::create(Draft draft, Cause cause) {
  lastCause = std::move(cause);
  if (failure) co_return *failure;
  const auto errors = judge(draft, recordOf(usualTarget(RunnerKind::Qemu, thisHost()))).errors;
  if (!errors.empty()) co_return invalidMembers(errors);
  calls.push_back("create " + draft.definition.name);
  auto& view = add(draft.definition.name);
  view.vm.definition = std::move(draft.definition);
  co_return view;
}

Task<std::vector<RunnerReport>> FakeService::capabilities(std::optional<RunnerKind> runner) {
  if (failure) co_return *failure;
  std::vector<RunnerReport> reports;
  for (const RunnerKind kind : {RunnerKind::Vfkit, RunnerKind::Krunkit, RunnerKind::Qemu}) {
    const auto record = recordOf(usualTarget(kind, {HostSystem::Linux, Architecture::Amd64}));
    if (!runner || *runner == kind) reports.push_back({record, kind == RunnerKind::Qemu});
  }
  co_return reports;
}

Task<std::vector<FieldError>> FakeService::check(Draft draft) {
  if (failure) co_return *failure;
  auto judged = judge(draft, recordOf(usualTarget(RunnerKind::Qemu, thisHost())));
  if (!judged.errors.empty()) co_return invalidMembers(judged.errors);
  co_return std::move(judged.warnings);
}

Task<VmView> FakeService::change(std::string nameOrId, DefinitionChange change, Cause) {
  auto found = find(nameOrId);
  if (!found) co_return found;
  auto checked = co_await check(change.draft);
  if (!checked) co_return std::move(checked).error();
  calls.push_back("change " + found->vm.definition.name + " " + std::to_string(change.generation));
  if (overtaken > 0) {
    --overtaken;
    ++vms[found->vm.definition.name].vm.generation;
    co_return Error{Errc::PreconditionFailed, "another was quicker", {}, {}};
  }
  VmView view = *found;
  vms.erase(found->vm.definition.name);
  if (view.vm.state == State::Running && !view.vm.launched) view.vm.launched = view.vm.definition;
  view.vm.definition = std::move(change.draft.definition);
  ++view.vm.generation;
  vms[view.vm.definition.name] = view;
  co_return view;
}

Task<VmView> FakeService::clone(std::string nameOrId, std::string newName, Cause) {
  auto found = find(nameOrId);
  if (!found) co_return found;
  calls.push_back("clone " + found->vm.definition.name + " " + newName);
  auto& view = add(newName);
  view.vm.id.back() = '2';
  view.vm.definition = found->vm.definition;
  view.vm.definition.name = newName;
  co_return view;
}

std::vector<VmSnapshotPtr> FakeService::snapshots() const {
  std::vector<VmSnapshotPtr> all;
  for (const auto& [name, view] : vms)
    all.push_back(std::make_shared<VmSnapshot>(VmSnapshot{view, {}, {}}));
  return all;
}

Result<VmSnapshotPtr> FakeService::snapshot(const std::string& nameOrId) const {
  auto found = find(nameOrId);
  if (!found) return std::move(found).error();
  return VmSnapshotPtr(std::make_shared<VmSnapshot>(VmSnapshot{std::move(*found), {}, {}}));
}

std::vector<VmView> FakeService::list() const {
  std::vector<VmView> all;
  for (const auto& [name, view] : vms)
    all.push_back(view);
  return all;
}

Result<VmView> FakeService::find(const std::string& nameOrId) const {
  if (failure) return *failure;
  if (throws) throw std::runtime_error("a fault");
  auto found = vms.find(nameOrId);
  if (found != vms.end()) return found->second;
  for (const auto& [name, view] : vms) {
    if (view.vm.id == nameOrId) return view;
  }
  return missing(nameOrId);
}

Task<void> FakeService::remove(std::string nameOrId, bool force, Asker asker) {
  lastOnly = std::move(asker.only);
  auto view = find(nameOrId);
  if (!view) co_return std::move(view).error();
  calls.push_back("remove " + nameOrId + (force ? " force" : ""));
  vms.erase(view->vm.definition.name);
  co_return Result<void>();
}

Result<VmView> FakeService::change(const std::string& nameOrId, State state, Desired desired) {
  auto found = find(nameOrId);
  if (!found) return found;
  auto& view = vms[found->vm.definition.name];
  view.vm.state = state;
  view.vm.desired = desired;
  return view;
}

Result<VmView> FakeService::begin(const std::string& nameOrId, OperationKind kind, State state, Desired desired) {
  auto view = change(nameOrId, state, desired);
  if (!view) return view;
  VmOperation operation;
  operation.id = "01939f3e-7d6c-7aaa-8bbb-0000000001" + std::to_string(10 + asked.size());
  operation.kind = kind;
  operation.vmId = view->vm.id;
  operation.vmName = view->vm.definition.name;
  operation.cause = "user";
  operation.step = "under way";
  operation.createdAt = operation.updatedAt = fixedTime();
  asked[operation.id] = operation;
  view->operation = operation;
  return view;
}

Task<VmView> FakeService::start(std::string nameOrId, Asker asker) {
  lastCause = std::move(asker.cause);
  lastOnly = std::move(asker.only);
  calls.push_back("start " + nameOrId);
  co_return begin(nameOrId, OperationKind::Start, State::Starting, Desired::Running);
}

Task<VmView> FakeService::stop(std::string nameOrId, StopRequest request, Asker) {
  auto timeout = request.timeout ? std::to_string(request.timeout->count()) : "-";
  auto escalate = request.escalate ? (*request.escalate ? "true" : "false") : "-";
  calls.push_back("stop " + nameOrId + " " + timeout + " " + escalate);
  co_return begin(nameOrId, OperationKind::Stop, State::Stopping, Desired::Stopped);
}

Task<VmView> FakeService::kill(std::string nameOrId, Asker) {
  calls.push_back("kill " + nameOrId);
  co_return begin(nameOrId, OperationKind::Kill, State::Stopping, Desired::Stopped);
}

Task<VmView> FakeService::pause(std::string nameOrId, Asker) {
  calls.push_back("pause " + nameOrId);
  co_return begin(nameOrId, OperationKind::Pause, State::Running, Desired::Running);
}

Task<VmView> FakeService::resume(std::string nameOrId, Asker) {
  calls.push_back("resume " + nameOrId);
  co_return begin(nameOrId, OperationKind::Resume, State::Paused, Desired::Running);
}

Task<VmView> FakeService::restart(std::string nameOrId, StopRequest, Asker) {
  calls.push_back("restart " + nameOrId);
  co_return begin(nameOrId, OperationKind::Restart, State::Stopping, Desired::Running);
}

Result<std::vector<VmOperation>> FakeService::operations(const std::optional<std::string>& vm) const {
  std::vector<VmOperation> all;
  for (const auto& [id, operation] : asked) {
    if (!vm || operation.vmName == *vm || operation.vmId == *vm) all.push_back(operation);
  }
  if (vm && all.empty()) return missing(*vm);
  return all;
}

Result<VmOperation> FakeService::operation(const std::string& id) const {
  const auto found = asked.find(id);
  if (found != asked.end()) return found->second;
  return Error{Errc::NotFound, "there is no operation " + id, {}, {}};
}

Task<VmOperation> FakeService::waitOperation(std::string id, Milliseconds limit) {
  auto found = operation(id);
  if (!found) co_return found;
  calls.push_back("wait-operation " + std::string(toText(found->kind)) + " " + std::to_string(limit.count()));
  auto waited = co_await microvm::pause(std::min(waitTakes, limit));
  if (!waited) {
    waitGivenUp = true;
    console->changed.notifyAll();
    co_return std::move(waited).error();
  }
  if (waitTakes > limit) co_return found;
  auto& operation = asked[id];
  operation.state = operationFails ? OperationState::Failed : OperationState::Succeeded;
  operation.step = operationFails ? operationFails->detail : "done";
  operation.error = operationFails;
  static const std::map<OperationKind, State> kGoals{
      {OperationKind::Start, State::Running},  {OperationKind::Stop, State::Stopped},
      {OperationKind::Kill, State::Stopped},   {OperationKind::Pause, State::Paused},
      {OperationKind::Resume, State::Running}, {OperationKind::Restart, State::Running}};
  if (auto view = vms.find(operation.vmName); view != vms.end()) {
    view->second.vm.state = operationFails ? State::Stopped : kGoals.at(operation.kind);
  }
  co_return operation;
}

Task<VmOperation> FakeService::cancelOperation(std::string id, Cause) {
  auto found = operation(id);
  if (!found) co_return found;
  calls.push_back("cancel " + std::string(toText(found->kind)));
  auto& operation = asked[id];
  operation.state = OperationState::Cancelled;
  operation.error = Error{Errc::Cancelled, "cancelled by user", {}, {}};
  co_return operation;
}

Task<std::string> FakeService::postmortem(std::string nameOrId) {
  auto view = find(nameOrId);
  if (!view) co_return std::move(view).error();
  co_return R"({"vm":{"id":"01939f3e-7d6c-7aaa-8bbb-000000000001","name":"web"},"at":"2026-11-23T10:40:52.123Z",)"
            R"("exit":{"code":1,"signal":null,"at":"2026-11-23T10:40:52.123Z","reason":"vfkit exited with code 1"},)"
            R"("argv":["/bin/vfkit"],"hostLoad":[0.1,0.1,0.1],"events":[],"runnerLog":"",)"
            R"("console":{"offset":0,"text":""}})";
}

Task<RunnerAnswer> FakeService::askRunner(std::string nameOrId, RunnerQuestion question, Cause) {
  auto view = find(nameOrId);
  if (!view) co_return std::move(view).error();
  calls.push_back("ask-runner " + question.method + " " + question.path + " " + question.body);
  if (question.method == "POST") co_return RunnerAnswer{202, "", ""};
  co_return runnerAnswer;
}

Task<VmView> FakeService::wait(std::string nameOrId, WaitFor condition, Milliseconds limit) {
  auto found = find(nameOrId);
  if (!found) co_return found;
  calls.push_back("wait " + found->vm.definition.name + " " + textOf(condition) + " " + std::to_string(limit.count()));
  auto waited = co_await microvm::pause(std::min(waitTakes, limit));
  if (!waited) {
    waitGivenUp = true;
    console->changed.notifyAll();
    co_return std::move(waited).error();
  }
  if (waitTakes > limit) co_return Error{Errc::Timeout, "it is not " + textOf(condition) + " yet", {}, {}};
  if (condition == WaitFor::Running) co_return change(nameOrId, State::Running, Desired::Running);
  if (condition == WaitFor::Stopped) co_return change(nameOrId, State::Stopped, Desired::Stopped);
  co_return found;
}

Task<VmView> FakeService::awaitCondition(std::string nameOrId, ConditionGoal goal, Milliseconds limit) {
  auto found = find(nameOrId);
  if (!found) co_return found;
  const auto& name = found->vm.definition.name;
  calls.push_back(fmt::format("wait {} {}={} {}", name, goal.type, toText(goal.status), limit.count()));
  found->conditions = conditionsOf(found->vm, {}, fixedTime());
  if (waitTakes > limit) co_return Error{Errc::Timeout, "it is not " + goal.type + " yet", {}, {}};
  co_return found;
}

Task<ConsoleSlice> FakeService::consoleLog(std::string nameOrId, std::uint64_t offset, std::size_t limit) {
  auto view = find(nameOrId);
  if (!view) co_return std::move(view).error();
  ConsoleSlice slice;
  slice.start = logStart;
  slice.end = logStart + log.size();
  slice.offset = std::max(offset, slice.start);
  if (slice.offset < slice.end) slice.bytes = log.substr(static_cast<std::size_t>(slice.offset - logStart), limit);
  co_return slice;
}

Task<ConsoleTimes> FakeService::consoleTimes(std::string nameOrId) {
  auto view = find(nameOrId);
  if (!view) co_return std::move(view).error();
  co_return times;
}

Task<ConsoleStatus> FakeService::consoleStatus(std::string nameOrId) {
  auto view = find(nameOrId);
  if (!view) co_return std::move(view).error();
  ConsoleStatus status;
  status.isRunning = view->vm.state == State::Running;
  status.start = logStart;
  status.end = logStart + log.size();
  status.rate = 12;
  status.news = view->console;
  status.times = times;
  co_return status;
}

Task<std::unique_ptr<ConsoleStream>> FakeService::attachConsole(std::string nameOrId, ConsoleAttach request) {
  auto view = find(nameOrId);
  if (!view) co_return std::move(view).error();
  if (view->vm.state != State::Running) co_return Error{Errc::WrongState, "the VM does not run", {}, {}};
  if (attachFailure) co_return *attachFailure;
  console->next = std::max(console->next, request.offset.value_or(0));
  console->attached.push_back(std::move(request));
  std::unique_ptr<ConsoleStream> stream = std::make_unique<FakeConsole>(console);
  co_return stream;
}

Task<std::string> FakeService::runnerLog(std::string nameOrId) {
  auto view = find(nameOrId);
  if (!view) co_return std::move(view).error();
  co_return "level=info msg=\"virtual machine is running\"\n";
}

Task<EventPage> FakeService::events(EventQuery query) {
  lastQuery = query;
  EventPage page;
  page.oldest = happened.empty() ? 0 : happened.front().sequence;
  page.newest = happened.empty() ? 0 : happened.back().sequence;
  page.reached = std::max(query.after, page.newest);
  for (const VmEvent& event : happened) {
    if (event.sequence <= query.after || !query.filter.matches(event)) continue;
    page.events.push_back(event);
    if (page.events.size() < query.limit) continue;
    page.reached = event.sequence;
    break;
  }
  co_return page;
}

Task<void> FakeService::awaitEvents(std::uint64_t after, Milliseconds limit) {
  const auto arrived = eventArrived;
  if (!happened.empty() && happened.back().sequence > after) co_return Result<void>();
  co_return co_await arrived->wait(limit);
}

void FakeService::happen(VmEvent event) {
  event.sequence = happened.empty() ? 1 : happened.back().sequence + 1;
  happened.push_back(std::move(event));
  eventArrived->notifyAll();
}

Task<StoreCopy> FakeService::backup(std::optional<std::string> file, Cause cause) {
  calls.push_back("backup " + file.value_or("-") + " " + cause.kind);
  if (failure) co_return *failure;
  StoreCopy copy;
  copy.path = file.value_or("/state/backups/microvm.db");
  copy.bytes = 4096;
  copy.vms = vms.size();
  co_return copy;
}

Task<Verification> FakeService::verify() {
  calls.emplace_back("verify");
  if (failure) co_return *failure;
  Verification outcome;
  outcome.vms = vms.size();
  outcome.findings = findings;
  co_return outcome;
}

}  // namespace microvm::fake
