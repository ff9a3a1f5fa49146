#include "daemon/shim/client/shims.hpp"

#include <algorithm>
#include <csignal>
#include <map>
#include <set>
#include <utility>

#include "api/core/file.hpp"
#include "api/core/logging.hpp"
#include "daemon/async/task_group.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/shim/client/channel.hpp"
#include "daemon/shim/client/console_stream.hpp"
#include "daemon/shim/client/launch.hpp"
#include "daemon/shim/client/records.hpp"
#include "daemon/shim/gate/leftover.hpp"
#include "daemon/shim/gate/lock_note.hpp"

namespace microvm {
namespace {

using shim::Channel;
using shim::FrameType;

constexpr Milliseconds kAnswerLimit{5000};
constexpr Milliseconds kFirstPause{20};
constexpr Milliseconds kLongestPause{1000};
constexpr std::size_t kExitFileBytes = 64 * 1024;

/// One request on a connection of its own.
Task<std::string> askOnce(std::string socketPath, FrameType request, FrameType answer) {
  auto channel = co_await Channel::open(std::move(socketPath));
  if (!channel) co_return std::move(channel).error();
  (*channel)->setDeadline(kAnswerLimit);
  std::string nothing;
  auto answered = co_await (*channel)->ask(request, std::move(nothing), answer);
  co_return answered;
}

/// A change of what it does; it answers without more.
Task<void> order(std::string socketPath, FrameType request, std::string payload) {
  auto channel = co_await Channel::open(std::move(socketPath));
  if (!channel) co_return std::move(channel).error();
  (*channel)->setDeadline(kAnswerLimit);
  auto answered = co_await (*channel)->ask(request, std::move(payload), FrameType::Done);
  if (!answered) co_return std::move(answered).error();
  co_return Result<void>();
}

/// The exit record that a shim sends when its runner ends, however long that takes.
Task<ExitRecord> awaitExitFrame(std::string socketPath) {
  auto channel = co_await Channel::open(std::move(socketPath));
  if (!channel) co_return std::move(channel).error();
  std::string nothing;
  auto answered = co_await (*channel)->ask(FrameType::Wait, std::move(nothing), FrameType::Exit);
  if (!answered) co_return std::move(answered).error();
  co_return shim::parseExit(*answered);
}

Result<shim::Holding> holdingOf(const VmPaths& paths) {
  return shim::findHolding({paths.lock(), paths.lastingLock()});
}

/// What a shim wrote down of this run, if it can be read. Without a run, as after a shim that noted none, of any.
std::optional<ExitRecord> recordedExit(const std::string& path, const std::optional<ProcessIdentity>& run) {
  const auto text = readFile(path, kExitFileBytes);
  if (!text) return std::nullopt;
  auto record = shim::parseExit(*text);
  if (!record) return std::nullopt;
  if (run && shim::parseExitRunner(*text) != run) {
    logWarn("an exit record is not of the last run and is left alone path={} at={}", path, formatTimestamp(record->at));
    return std::nullopt;
  }
  return std::move(*record);
}

class LocalShims final : public Shims {
public:
  LocalShims(net::any_io_executor executor, std::string program)
      : program_(std::move(program)), reapers_(std::move(executor)) {}

  Task<ShimStatus> launch(std::string vmId, VmPaths paths, Argv runner, ShimSettings settings) override;
  Result<bool> isHeld(const VmPaths& paths) const override;
  VmPaths placeOf(VmPaths paths) const override;
  Task<ShimStatus> status(VmPaths paths) override;
  Task<ExitRecord> waitForExit(VmPaths paths) override;
  ExitRecord lastExit(const VmPaths& paths) const override;
  Task<void> kill(VmPaths paths) override;
  Task<void> setStop(VmPaths paths, StopSettings stop) override {
    const shim::StopOrder wanted{stop.timeout, stop.onHostShutdown == OnHostShutdown::Leave};
    auto payload = encodeStopOrder(wanted);
    co_return co_await order(paths.shimSocket(), FrameType::SetStop, std::move(payload));
  }
  Task<std::unique_ptr<ConsoleStream>> attach(VmPaths paths, ConsoleAttach request) override;
  Task<void> watchConsole(VmPaths paths, std::function<void(ConsoleNews)> onNews) override {
    co_return co_await shim::watchConsole(paths.shimSocket(), std::move(onNews));
  }

private:
  void remember(const std::string& runFolder, const Result<ShimStatus>& status);

  std::string program_;
  TaskGroup reapers_;
  mutable std::set<std::string> endedLeftovers_;    // run folders of runners that lost their shim and were killed
  std::map<std::string, ProcessIdentity> runners_;  // by run folder, as their shims told
};

Task<ShimStatus> LocalShims::launch(std::string vmId, VmPaths paths, Argv runner, ShimSettings settings) {
  const shim::LaunchOrder order(program_, std::move(vmId), std::move(paths), std::move(runner), settings);
  endedLeftovers_.erase(order.paths.runFolder);
  auto launched = shim::startShim(order);
  if (!launched) co_return std::move(launched).error();
  const auto identity = launched->child.identity();
  auto reaper = shim::reapAtEnd(std::move(launched->child));
  reapers_.spawn("reap microvm-shim", std::move(reaper));
  auto ready = co_await shim::awaitReady(std::move(launched->ready));
  // Not ready in time is not running at all; its runner, if there is one, is ended by whoever takes the lock next.
  if (!ready && ready.error().code == Errc::Timeout) (void)signalProcess(identity, SIGKILL);
  remember(order.paths.runFolder, ready);
  co_return ready;
}

/// While its shim answers the runner is not reaped, so that the pid is its own.
void LocalShims::remember(const std::string& runFolder, const Result<ShimStatus>& status) {
  if (!status) return;
  runners_.erase(runFolder);
  if (auto runner = identify(status->runnerPid)) runners_.emplace(runFolder, *runner);
}

Task<ShimStatus> LocalShims::status(VmPaths paths) {
  auto answered = co_await askOnce(paths.shimSocket(), FrameType::Status, FrameType::StatusAnswer);
  if (!answered) co_return std::move(answered).error();
  auto status = shim::parseStatus(*answered);
  remember(paths.runFolder, status);
  co_return status;
}

/// A shim whose socket is gone, or that hangs, holds its locks all the same, and they name its runner. Without them it
/// is the one that the shim has told us of.
Task<void> LocalShims::kill(VmPaths paths) {
  auto answered = co_await askOnce(paths.shimSocket(), FrameType::Kill, FrameType::Done);
  if (answered) co_return Result<void>();
  const auto holding = holdingOf(paths);
  const bool isNoted = holding && holding->isHeld && holding->runner;
  if (isNoted && signalProcess(*holding->runner, SIGKILL)) co_return Result<void>();
  const auto known = runners_.find(paths.runFolder);
  if (known != runners_.end() && signalProcess(known->second, SIGKILL)) co_return Result<void>();
  co_return std::move(answered).error();
}

/// A runner whose shim was killed is found here, at the daemon's start at the latest: it is no VM that runs, for nobody
/// drains its console.
Result<bool> LocalShims::isHeld(const VmPaths& paths) const {
  const auto holding = holdingOf(paths);
  if (!holding) return holding.error();
  if (holding->isHeld) return true;
  for (const auto& process : holding->left) {
    if (!shim::endLeftover(process, Milliseconds(0))) continue;
    const bool isRunner = process == holding->runner;
    logWarn("a {} was left without its shim and is killed folder={} pid={}", isRunner ? "runner" : "network helper",
            paths.runFolder, process.pid);
    if (isRunner) endedLeftovers_.insert(paths.runFolder);
  }
  return false;
}

VmPaths LocalShims::placeOf(VmPaths paths) const {
  const auto holding = holdingOf(paths);
  if (!holding || !holding->isHeld || holding->runFolder.empty() || holding->runFolder == paths.runFolder) return paths;
  logWarn("a VM runs in another run folder than ours folder={} ours={}", holding->runFolder, paths.runFolder);
  paths.home = std::exchange(paths.runFolder, holding->runFolder);
  return paths;
}

ExitRecord LocalShims::lastExit(const VmPaths& paths) const {
  const auto holding = holdingOf(paths);
  const auto run = holding ? holding->last : std::nullopt;
  if (auto record = recordedExit(paths.exitFile(), run)) return std::move(*record);
  const bool wasElsewhere = run && !holding->runFolder.empty() && holding->runFolder != paths.runFolder;
  if (wasElsewhere) {
    if (auto record = recordedExit(holding->runFolder + "/exit.json", run)) return std::move(*record);
  }
  ExitRecord record;
  record.at = now();
  record.reason = endedLeftovers_.count(paths.runFolder) != 0
                      ? "microvm-shim was killed; the runner that it left could not be kept without it and was killed"
                      : "microvm-shim ended without telling why, and its runner is gone";
  return record;
}

Task<ExitRecord> LocalShims::waitForExit(VmPaths paths) {
  auto span = kFirstPause;
  while (true) {
    auto record = co_await awaitExitFrame(paths.shimSocket());
    if (record || record.error().code == Errc::Cancelled) co_return record;
    const auto held = isHeld(paths);
    if (held && !*held) co_return lastExit(paths);
    logDebug("the shim does not answer folder={} error={}", paths.runFolder, record.error().detail);
    auto paused = co_await pause(span);
    if (!paused) co_return std::move(paused).error();
    span = std::min(span * 2, kLongestPause);
  }
}

Task<std::unique_ptr<ConsoleStream>> LocalShims::attach(VmPaths paths, ConsoleAttach request) {
  auto stream = co_await shim::attachConsole(paths.shimSocket(), std::move(request));
  if (!stream && stream.error().code == Errc::Unreachable && !isHeld(paths).value_or(true)) {
    co_return Error{Errc::WrongState, "the VM does not run, so there is no console to attach to", {}, {}};
  }
  co_return stream;
}

}  // namespace

std::unique_ptr<Shims> makeShims(net::any_io_executor executor, std::string shimProgram) {
  return std::make_unique<LocalShims>(std::move(executor), std::move(shimProgram));
}

}  // namespace microvm
