#include "daemon/service/operations.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "api/core/id.hpp"
#include "api/core/logging.hpp"
#include "daemon/process/awake_clock.hpp"

namespace microvm {
namespace {

constexpr std::chrono::hours kKept{24};

std::string_view firstStep(OperationKind kind) {
  switch (kind) {
    case OperationKind::Start:
      return "the runner is being started";
    case OperationKind::Stop:
    case OperationKind::Restart:
      return "the guest is to power off";
    case OperationKind::Kill:
      return "the runner is being killed";
    case OperationKind::Pause:
      return "the guest is to pause";
    case OperationKind::Resume:
      return "the guest is to go on";
  }
  return "";
}

}  // namespace

Operations::Operations(const net::any_io_executor& executor, Store& store) : store_(store), changed_(executor) {}

Task<void> Operations::open() {
  auto kept = co_await store_.operations();
  if (!kept) co_return std::move(kept).error();
  for (auto& operation : *kept) {
    const std::string id = operation.id;
    byId_.insert_or_assign(id, std::move(operation));
  }
  co_return Result<void>();
}

std::optional<VmOperation> Operations::unfinished(const std::string& vmId) const {
  std::optional<VmOperation> newest;
  for (const auto& [id, operation] : byId_) {
    if (operation.vmId != vmId || operation.state != OperationState::Running) continue;
    if (!newest || newest->createdAt < operation.createdAt) newest = operation;
  }
  return newest;
}

Task<VmOperation> Operations::begin(OperationKind kind, Vm vm, Cause cause, std::optional<StopSettings> stop) {
  VmOperation operation;
  operation.id = newUuid();
  operation.kind = kind;
  operation.vmId = vm.id;
  operation.vmName = vm.definition.name;
  operation.cause = std::move(cause);
  operation.step = firstStep(kind);
  operation.stop = stop;
  operation.createdAt = operation.updatedAt = now();
  auto saved = co_await store_.saveOperation(operation);
  if (!saved) co_return std::move(saved).error();
  forgetOld(operation.updatedAt - kKept);
  byId_.insert_or_assign(operation.id, operation);
  co_return operation;
}

void Operations::forgetOld(Timestamp before) {
  std::erase_if(byId_, [&](const auto& entry) {
    return entry.second.state != OperationState::Running && entry.second.updatedAt < before;
  });
}

void Operations::step(const std::string& id, std::string text) {
  const auto found = byId_.find(id);
  if (found == byId_.end()) return;
  found->second.step = std::move(text);
  found->second.updatedAt = now();
}

net::awaitable<void> Operations::finish(std::string id, OperationState state, std::optional<Error> error) {
  const auto found = byId_.find(id);
  if (found == byId_.end() || found->second.state != OperationState::Running) co_return;
  VmOperation& operation = found->second;
  operation.state = state;
  operation.error = std::move(error);
  operation.step = operation.error ? operation.error->detail : "done";
  operation.updatedAt = now();
  changed_.notifyAll();
  VmOperation copy = operation;
  const Cause cause = operation.cause;
  auto saved = co_await store_.saveOperation(std::move(copy));
  if (!saved) logWarn(cause, "cannot record the end of an operation id={} error={}", id, saved.error().detail);
}

std::vector<VmOperation> Operations::list(const std::optional<std::string>& vmId) const {
  std::vector<VmOperation> all;
  for (const auto& [id, operation] : byId_) {
    if (!vmId || operation.vmId == *vmId) all.push_back(operation);
  }
  std::sort(all.begin(), all.end(), [](const VmOperation& a, const VmOperation& b) {
    return std::tie(a.createdAt, a.id) < std::tie(b.createdAt, b.id);
  });
  return all;
}

Result<VmOperation> Operations::find(const std::string& id) const {
  const auto found = byId_.find(id);
  if (found != byId_.end()) return found->second;
  return Error{Errc::NotFound,
               fmt::format("there is no operation {}; an operation is kept for a day after its end", id),
               "microvmctl op list shows those there are",
               {}};
}

Task<VmOperation> Operations::wait(std::string id, Milliseconds limit) {
  const auto deadline = AwakeClock::now() + limit;
  while (true) {
    auto operation = find(id);
    if (!operation || operation->state != OperationState::Running) co_return operation;
    const auto left = std::chrono::ceil<Milliseconds>(deadline - AwakeClock::now());
    if (left.count() <= 0) co_return operation;
    auto waited = co_await changed_.wait(left);
    if (!waited && waited.error().code == Errc::Cancelled) co_return std::move(waited).error();
  }
}

}  // namespace microvm
