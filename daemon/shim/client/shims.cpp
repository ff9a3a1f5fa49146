#include "daemon/shim/client/shims.hpp"

#include <algorithm>
#include <csignal>
#include <set>
#include <utility>

#include "api/core/file.hpp"
#include "api/core/logging.hpp"
#include "daemon/async/task_group.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/process/file_lock.hpp"
#include "daemon/shim/client/channel.hpp"
#include "daemon/shim/client/console_stream.hpp"
#include "daemon/shim/client/launch.hpp"
#include "daemon/shim/client/records.hpp"
#include "daemon/shim/gate/leftover.hpp"

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

/// The exit record that a shim sends when its runner ends, however long that takes.
Task<ExitRecord> awaitExitFrame(std::string socketPath) {
  auto channel = co_await Channel::open(std::move(socketPath));
  if (!channel) co_return std::move(channel).error();
  std::string nothing;
  auto answered = co_await (*channel)->ask(FrameType::Wait, std::move(nothing), FrameType::Exit);
  if (!answered) co_return std::move(answered).error();
  co_return shim::parseExit(*answered);
}

/// What the last shim wrote down, if it can be read.
std::optional<ExitRecord> lastExit(const VmPaths& paths) {
  const auto text = readFile(paths.exitFile(), kExitFileBytes);
  if (!text) return std::nullopt;
  auto record = shim::parseExit(*text);
  if (!record) return std::nullopt;
  return std::move(*record);
}

class LocalShims final : public Shims {
public:
  LocalShims(net::any_io_executor executor, std::string program)
      : program_(std::move(program)), reapers_(std::move(executor)) {}

  Task<ShimStatus> launch(std::string vmId, VmPaths paths, Argv runner, ShimSettings settings) override;
  Result<bool> isHeld(const VmPaths& paths) const override;
  Task<ShimStatus> status(VmPaths paths) override;
  Task<ExitRecord> waitForExit(VmPaths paths) override;
  Task<void> kill(VmPaths paths) override;
  Task<std::unique_ptr<ConsoleStream>> attach(VmPaths paths, ConsoleAttach request) override;
  Task<void> watchConsole(VmPaths paths, std::function<void(ConsoleNews)> onNews) override {
    co_return co_await shim::watchConsole(paths.shimSocket(), std::move(onNews));
  }

private:
  std::optional<ExitRecord> exitWithoutShim(const VmPaths& paths) const;

  std::string program_;
  TaskGroup reapers_;
  mutable std::set<std::string> endedLeftovers_;  // run folders of runners that lost their shim and were killed
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
  co_return ready;
}

Task<ShimStatus> LocalShims::status(VmPaths paths) {
  auto answered = co_await askOnce(paths.shimSocket(), FrameType::Status, FrameType::StatusAnswer);
  if (!answered) co_return std::move(answered).error();
  co_return shim::parseStatus(*answered);
}

/// A shim whose socket is gone, or that hangs, holds the lock all the same, and the lock names its runner.
Task<void> LocalShims::kill(VmPaths paths) {
  auto answered = co_await askOnce(paths.shimSocket(), FrameType::Kill, FrameType::Done);
  if (answered) co_return Result<void>();
  const auto noted = shim::notedRunner(paths.lock());
  const bool isHeldNow = noted && isHeld(paths).value_or(false);
  if (isHeldNow && signalProcess(*noted, SIGKILL)) co_return Result<void>();
  co_return std::move(answered).error();
}

/// A runner whose shim was killed is found here, at the daemon's start at the latest: it is no VM that runs, for nobody
/// drains its console.
Result<bool> LocalShims::isHeld(const VmPaths& paths) const {
  const auto noted = shim::notedRunner(paths.lock());
  const auto helpers = shim::notedHelpers(paths.lock());
  auto held = FileLock::isHeld(paths.lock());
  if (held && !*held && noted && shim::endLeftover(*noted, Milliseconds(0))) {
    logWarn("a runner was left without its shim and is killed folder={} pid={}", paths.runFolder, noted->pid);
    endedLeftovers_.insert(paths.runFolder);
  }
  for (const auto& helper : helpers) {
    if (!held || *held || !shim::endLeftover(helper, Milliseconds(0))) continue;
    logWarn("a network helper was left without its shim and is killed folder={} pid={}", paths.runFolder, helper.pid);
  }
  return held;
}

/// What is known of the end when no shim answers; nothing while somebody holds the lock.
std::optional<ExitRecord> LocalShims::exitWithoutShim(const VmPaths& paths) const {
  const auto held = isHeld(paths);
  if (!held || *held) return std::nullopt;
  if (auto record = lastExit(paths)) return record;
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
    if (auto known = exitWithoutShim(paths)) co_return std::move(*known);
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
