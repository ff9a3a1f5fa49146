#include "daemon/service/consoles.hpp"

#include <utility>

#include <fmt/format.h>

namespace microvm {

Task<ConsoleSlice> Consoles::log(std::string nameOrId, std::uint64_t offset, std::size_t limit) {
  auto found = vms_.find(nameOrId);
  if (!found) co_return std::move(found).error();
  auto job = [logs = &logs_, paths = (*found)->paths(), offset, limit] { return logs->read(paths, offset, limit); };
  co_return co_await files_.run(std::move(job));
}

Task<ConsoleTimes> Consoles::times(std::string nameOrId) {
  auto found = vms_.find(nameOrId);
  if (!found) co_return std::move(found).error();
  auto job = [logs = &logs_, paths = (*found)->paths()] { return logs->times(paths); };
  co_return co_await files_.run(std::move(job));
}

Task<ConsoleStatus> Consoles::status(std::string nameOrId) {
  auto found = vms_.find(nameOrId);
  if (!found) co_return std::move(found).error();
  const auto supervisor = *found;
  ConsoleStatus status;
  auto bounds = co_await log(nameOrId, 0, 0);
  if (!bounds) co_return std::move(bounds).error();
  status.start = bounds->start;
  status.end = bounds->end;
  auto written = co_await times(nameOrId);
  if (!written) co_return std::move(written).error();
  status.times = std::move(*written);
  status.isRunning = isAlive(supervisor->vm().state);
  status.news = supervisor->view().console;
  if (!status.isRunning) co_return status;
  auto shim = co_await shims_.status(supervisor->paths());
  if (!shim) co_return status;  // it ends, or has yet to begin
  status.start = shim->consoleStart;
  status.end = shim->consoleEnd;
  status.dropped = shim->consoleDropped;
  status.rate = shim->consoleRate;
  co_return status;
}

Task<std::unique_ptr<ConsoleStream>> Consoles::attach(std::string nameOrId, ConsoleAttach request) {
  auto found = vms_.find(nameOrId);
  if (!found) co_return std::move(found).error();
  const auto supervisor = *found;
  if (!isAlive(supervisor->vm().state)) {
    const auto& name = supervisor->vm().definition.name;
    co_return Error{Errc::WrongState,
                    fmt::format("VM {} is {} and has no console to attach to", name, toText(supervisor->vm().state)),
                    fmt::format("microvmctl start {} starts it, microvmctl logs {} shows what it wrote", name, name),
                    {}};
  }
  co_return co_await shims_.attach(supervisor->paths(), std::move(request));
}

}  // namespace microvm
