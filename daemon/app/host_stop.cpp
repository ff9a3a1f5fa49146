#include "daemon/app/host_stop.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "api/core/logging.hpp"

namespace microvm {
namespace {

constexpr Milliseconds kAfterTheGuest{20'000};  // the ladder's last rungs, and the shim's own end

bool goesDownByItself(const VmView& view) {
  return !isAlive(view.vm.state) || view.vm.definition.stop.onHostShutdown == OnHostShutdown::Leave;
}

}  // namespace

net::awaitable<void> stopEveryVm(Service* service, Announcer* announcer) {
  auto alive = service->list();
  std::erase_if(alive, goesDownByItself);
  Milliseconds bound{};
  for (const auto& view : alive)
    bound = std::max(bound, view.vm.definition.stop.timeout + kAfterTheGuest);
  logInfo("the host shuts down, its VMs are stopped vms={} bound={}", alive.size(), formatDuration(bound));
  announcer->stopping(fmt::format("the host shuts down: stopping {} VMs", alive.size()), bound);
  for (const auto& view : alive) {
    StopRequest request;
    request.escalate = true;
    auto asked = co_await service->stop(view.vm.id, request, kHostShutdown);
    if (!asked) logWarn("cannot stop vm={} error={}", view.vm.definition.name, asked.error().detail);
  }
  for (const auto& view : alive) {
    auto ended = co_await service->wait(view.vm.id, WaitFor::Stopped, bound);
    if (!ended) logWarn("not stopped vm={} error={}", view.vm.definition.name, ended.error().detail);
  }
}

}  // namespace microvm
