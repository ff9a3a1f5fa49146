#include "daemon/service/admission.hpp"

#include <utility>

#include <fmt/format.h>

#include "daemon/service/records/vm_files.hpp"

namespace microvm {

Admission::Admission(const Runner& runner, BlockingPool& files, const VmRegistry& vms, DiskReserve reserve)
    : runner_(runner), files_(files), vms_(vms), reserve_(std::move(reserve)) {}

Task<std::vector<RunnerReport>> Admission::capabilities(std::optional<RunnerKind> runner) {
  auto job = [port = &runner_, runner]() -> Result<std::vector<RunnerReport>> {
    std::vector<RunnerReport> reports;
    for (const RunnerKind kind : {RunnerKind::Vfkit, RunnerKind::Krunkit, RunnerKind::Qemu}) {
      if (!runner || runnerOn(thisHost(), *runner) == kind) {
        reports.push_back({port->capabilities(kind), port->isInstalled(kind)});
      }
    }
    return reports;
  };
  co_return co_await files_.run(std::move(job));
}

Task<std::vector<FieldError>> Admission::checkOnHost(Draft draft) {
  auto job = [runner = &runner_, reserve = reserve_, draft = std::move(draft)]() -> Result<std::vector<FieldError>> {
    const auto record = runner->capabilities(runnerOn(thisHost(), draft.definition.runner));
    Findings findings = judge(draft, record);
    std::vector<FieldError>& errors = findings.errors;
    addUntold(errors, runner->refusals(draft.definition));
    const auto usable = checkHost(draft.definition, record);
    if (!usable && usable.error().code != Errc::Invalid) return usable.error();
    if (!usable) addUntold(errors, usable.error().errors);
    if (!errors.empty()) return invalidMembers(std::move(errors));
    if (auto room = checkRoom(reserve.folders, reserve.bytes); !room) return std::move(room).error();
    return std::move(findings.warnings);
  };
  co_return co_await files_.run(std::move(job));
}

Task<void> Admission::checkStartable(SupervisorPtr supervisor) {
  Draft draft(supervisor->vm().definition);
  auto usable = co_await checkOnHost(std::move(draft));
  if (!usable) co_return std::move(usable).error();
  Vm vm = supervisor->vm();
  // What a running VM has in its run folder is its runner's.
  if (!isAlive(vm.state)) {
    auto runnable = runner_.commandLine(vm.definition, supervisor->paths());
    if (!runnable) co_return std::move(runnable).error();
  } else if (const auto kind = runnerOn(thisHost(), vm.definition.runner); !runner_.isInstalled(kind)) {
    co_return Error{Errc::RunnerMissing,
                    fmt::format("{} is not there any more", programOf(kind)),
                    "microvmctl doctor looks for it",
                    {}};
  }
  co_return co_await checkFree(std::move(vm));
}

Task<void> Admission::checkFree(Vm vm) {
  while (true) {
    const auto uses = imagesOfOthers(vm);
    auto job = [definition = vm.definition, uses] { return checkImagesFree(definition, uses); };
    auto free = co_await files_.run(std::move(job));
    if (!free) co_return std::move(free).error();
    // Another VM may have started while the files were looked at.
    if (imagesOfOthers(vm) == uses) co_return Result<void>();
  }
}

std::vector<ImageUse> Admission::imagesOfOthers(const Vm& vm) const {
  std::vector<ImageUse> uses;
  for (const auto& [name, other] : vms_.byName()) {
    const bool isUsing = isAlive(other->vm().state) || claims_.contains(other->vm().id);
    if (other->vm().id == vm.id || !isUsing) continue;
    for (ImageUse& use : imagesOf(other->vm().definition))
      uses.push_back(std::move(use));
  }
  return uses;
}

}  // namespace microvm
