#include "tests/support/fake_service/fake_service.hpp"

#include <algorithm>
#include <stdexcept>

#include "daemon/async/timing.hpp"

namespace microvm::fake {
namespace {

class FakeConsole : public ConsoleStream {
public:
  explicit FakeConsole(std::shared_ptr<ConsoleState> state) : state_(std::move(state)) { ++state_->viewers; }
  ~FakeConsole() override { --state_->viewers; }

  Task<Chunk> read() override {
    auto state = state_;
    while (state->output.empty() && !state->ended) {
      auto waited = co_await state->changed.wait();
      if (!waited) co_return std::move(waited).error();
    }
    Chunk chunk;
    if (!state->output.empty()) {
      chunk.bytes = std::move(state->output.front());
      state->output.pop_front();
    }
    co_return chunk;
  }
  Task<void> write(std::string bytes) override {
    state_->typed += bytes;
    co_return Result<void>();
  }

private:
  std::shared_ptr<ConsoleState> state_;
};

Timestamp fixedTime() {
  return Timestamp(Milliseconds(1'795'430'452'123));
}

Error missing(const std::string& name) {
  return {Errc::NotFound, "there is no VM named " + name, {}, {}};
}

std::string textOf(WaitFor condition) {
  if (condition == WaitFor::Running) return "running";
  return condition == WaitFor::Stopped ? "stopped" : "deleted";
}

}  // namespace

FakeService::FakeService(net::any_io_executor executor)
    : console(std::make_shared<ConsoleState>(std::move(executor))) {}

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
          .pid = 7,
          .startedAt = fixedTime(),
          .vms = vms.size(),
          .running = 0};
}

Task<VmView> FakeService::create(Definition definition, std::string) {
  if (failure) co_return *failure;
  calls.push_back("create " + definition.name);
  auto& view = add(definition.name);
  view.vm.definition = std::move(definition);
  co_return view;
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

Task<void> FakeService::remove(std::string nameOrId, bool force, std::string) {
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

Task<VmView> FakeService::start(std::string nameOrId, std::string) {
  calls.push_back("start " + nameOrId);
  co_return change(nameOrId, State::Starting, Desired::Running);
}

Task<VmView> FakeService::stop(std::string nameOrId, StopRequest request, std::string) {
  auto timeout = request.timeout ? std::to_string(request.timeout->count()) : "-";
  auto escalate = request.escalate ? (*request.escalate ? "true" : "false") : "-";
  calls.push_back("stop " + nameOrId + " " + timeout + " " + escalate);
  co_return change(nameOrId, State::Stopping, Desired::Stopped);
}

Task<VmView> FakeService::kill(std::string nameOrId, std::string) {
  calls.push_back("kill " + nameOrId);
  co_return change(nameOrId, State::Stopping, Desired::Stopped);
}

Task<VmView> FakeService::wait(std::string nameOrId, WaitFor condition, Milliseconds limit) {
  auto found = find(nameOrId);
  if (!found) co_return found;
  calls.push_back("wait " + found->vm.definition.name + " " + textOf(condition) + " " + std::to_string(limit.count()));
  auto waited = co_await pause(std::min(waitTakes, limit));
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

Task<std::unique_ptr<ConsoleStream>> FakeService::attachConsole(std::string nameOrId, ConsoleMode,
                                                                std::optional<std::uint64_t> offset) {
  auto view = find(nameOrId);
  if (!view) co_return std::move(view).error();
  if (view->vm.state != State::Running) co_return Error{Errc::WrongState, "the VM does not run", {}, {}};
  console->attachedAt.push_back(offset);
  std::unique_ptr<ConsoleStream> stream = std::make_unique<FakeConsole>(console);
  co_return stream;
}

Task<std::vector<VmEvent>> FakeService::events(EventQuery query) {
  lastQuery = query;
  co_return happened;
}

}  // namespace microvm::fake
