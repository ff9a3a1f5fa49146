#include "daemon/service/records/record_flush.hpp"

#include <cerrno>
#include <fcntl.h>
#include <utility>

#include "api/core/file.hpp"
#include "api/core/logging.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/async/timing.hpp"

namespace microvm {
namespace {

/// From here on flushing one by one would take the disk away from the commits of those that are being created.
constexpr std::size_t kMany = 16;

Result<void> flushRecord(const VmPaths& paths) {
  const UniqueFd fd(::open(paths.recordFile().c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && errno == ENOENT) return {};
  if (!fd || flushToDisk(fd.get()) != 0) return systemError("cannot flush " + paths.recordFile(), errno);
  auto flushed = flushFolderOf(paths.recordFile());
  const bool isGone = !flushed && flushed.error().code == Errc::NotFound;  // the VM was deleted meanwhile
  return isGone ? Result<void>() : flushed;
}

}  // namespace

Result<void> flushRecords(const std::vector<VmPaths>& vms) {
  Result<void> outcome;
  if (vms.empty()) return outcome;
  if (vms.size() >= kMany) {
    std::vector<std::string> files;
    for (const auto& paths : vms)
      files.push_back(paths.recordFile());
    return flushTogether(files);
  }
  for (const auto& paths : vms) {
    if (auto flushed = flushRecord(paths); !flushed) outcome = std::move(flushed);
  }
  auto listed = flushFolderOf(vms.front().stateFolder);  // all are in the same one
  return listed ? outcome : listed;
}

struct RecordFlush::State {
  BlockingPool& files;
  Milliseconds rest;
  std::vector<VmPaths> waiting;
  bool isFlushing = false;
};

RecordFlush::RecordFlush(const net::any_io_executor& executor, BlockingPool& files, Milliseconds rest)
    : state_(std::make_shared<State>(State{files, rest, {}, false})), tasks_(executor) {}

void RecordFlush::shutDown() {
  tasks_.cancel();
}

void RecordFlush::add(VmPaths paths) {
  state_->waiting.push_back(std::move(paths));
  if (!std::exchange(state_->isFlushing, true)) tasks_.spawn("flush of records", run(state_));
}

net::awaitable<void> RecordFlush::run(std::shared_ptr<State> state) {
  while (!state->waiting.empty()) {
    auto job = [vms = std::exchange(state->waiting, {})] { return flushRecords(vms); };
    auto flushed = co_await state->files.run(std::move(job));
    if (!flushed) logWarn("a vm.json may not outlive a power cut error={}", flushed.error().detail);
    auto paused = co_await pause(state->rest);
    if (!paused) break;
  }
  state->isFlushing = false;
}

}  // namespace microvm
