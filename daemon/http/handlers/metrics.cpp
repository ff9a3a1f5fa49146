// What a monitoring system wants to know, as Prometheus reads it.
#include <array>
#include <map>

#include "daemon/http/answering/exposition.hpp"
#include "daemon/http/answering/request.hpp"
#include "daemon/http/handlers/handlers.hpp"

namespace microvm::http {
namespace {

using Kind = Exposition::Kind;
using Snapshots = std::vector<VmSnapshotPtr>;

constexpr std::array kStates{State::Stopped,  State::Starting,   State::Running, State::Paused,
                             State::Stopping, State::Restarting, State::Broken};

double secondsOf(Timestamp time) {
  return static_cast<double>(time.time_since_epoch().count()) / 1e3;
}

void addDaemon(Exposition& out, const ServerInfo& info) {
  out.family("microvm_build_info", Kind::Gauge, "Always 1; the daemon's version.")
      .sample(1, {{"version", info.version}});
  out.family("microvm_host_cpus", Kind::Gauge, "Processors of the host.").sample(info.host.cpus);
  out.family("microvm_host_memory_bytes", Kind::Gauge, "Memory of the host.")
      .sample(static_cast<double>(info.host.memory));
  out.family("microvm_allocated_cpus", Kind::Gauge, "Processors of the VMs that run, together.")
      .sample(info.allocated.cpus);
  out.family("microvm_allocated_memory_bytes", Kind::Gauge, "Memory of the VMs that run, together.")
      .sample(static_cast<double>(info.allocated.memory));
  out.family("process_start_time_seconds", Kind::Gauge, "When the daemon was started, since 1970.")
      .sample(secondsOf(info.startedAt));
  out.family("process_cpu_seconds_total", Kind::Counter, "Processor time of the daemon.")
      .sample(info.process.cpuSeconds);
  out.family("process_open_fds", Kind::Gauge, "Descriptors that the daemon has open.")
      .sample(static_cast<double>(info.process.openDescriptors));
  out.family("process_max_fds", Kind::Gauge, "Descriptors that the daemon may open.")
      .sample(static_cast<double>(info.process.mostDescriptors));
}

void addStates(Exposition& out, const Snapshots& vms) {
  std::map<State, int> counts;
  for (const auto& vm : vms)
    ++counts[vm->view.vm.state];
  out.family("microvm_vms", Kind::Gauge, "VMs by state.");
  for (const State state : kStates)
    out.sample(counts[state], {{"state", toText(state)}});
}

/// A family with a sample of each VM that has one.
template <class Value>
void addEach(Exposition& out, const Snapshots& vms, Value value) {
  for (const auto& vm : vms) {
    const auto& definition = vm->view.vm.definition;
    if (const std::optional<double> found = value(vm->view))
      out.sample(*found, {{"vm", definition.name}, {"id", vm->view.vm.id}});
  }
}

void addVms(Exposition& out, const Snapshots& vms) {
  out.family("microvm_vm_up", Kind::Gauge, "Whether a VM's guest runs: 1, or 0.");
  addEach(out, vms,
          [](const VmView& view) -> std::optional<double> { return view.vm.state == State::Running ? 1 : 0; });
  out.family("microvm_vm_ready", Kind::Gauge, "Whether a VM is ready: 1, or 0.");
  addEach(out, vms, [](const VmView& view) -> std::optional<double> {
    const auto conditions = conditionsIn(view);
    const auto* ready = findCondition(conditions, "Ready");
    return ready != nullptr && ready->status == ConditionStatus::True ? 1 : 0;
  });
  out.family("microvm_vm_cpus", Kind::Gauge, "A VM's processors.");
  addEach(out, vms, [](const VmView& view) -> std::optional<double> { return view.vm.definition.cpus; });
  out.family("microvm_vm_memory_bytes", Kind::Gauge, "A VM's memory.");
  addEach(out, vms,
          [](const VmView& view) -> std::optional<double> { return static_cast<double>(view.vm.definition.memory); });
  out.family("microvm_vm_start_time_seconds", Kind::Gauge, "When the runner of a VM was started, since 1970.");
  addEach(out, vms, [](const VmView& view) -> std::optional<double> {
    return view.startedAt ? std::optional<double>(secondsOf(*view.startedAt)) : std::nullopt;
  });
  out.family("microvm_vm_recent_restarts", Kind::Gauge, "The ends of a VM that its restart policy counts.");
  addEach(out, vms, [](const VmView& view) -> std::optional<double> {
    return static_cast<double>(view.vm.restarts.deaths.size());
  });
}

void addOperations(Exposition& out, const std::vector<VmOperation>& operations) {
  std::map<OperationState, int> counts;
  for (const auto& operation : operations)
    ++counts[operation.state];
  out.family("microvm_operations", Kind::Gauge, "Operations under way and of the last day, by state.");
  for (const auto state :
       {OperationState::Running, OperationState::Succeeded, OperationState::Failed, OperationState::Cancelled})
    out.sample(counts[state], {{"state", toText(state)}});
}

}  // namespace

Task<Answer> getMetrics(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto operations = service.operations(std::nullopt);
  if (!operations) co_return std::move(operations).error();
  Exposition exposition;
  const auto vms = service.snapshots();
  addDaemon(exposition, service.info());
  addStates(exposition, vms);
  addVms(exposition, vms);
  addOperations(exposition, *operations);
  Answer answer;
  answer.response.headers.add("Content-Type", std::string(Exposition::kType));
  answer.response.body = exposition.text();
  co_return answer;
}

}  // namespace microvm::http
