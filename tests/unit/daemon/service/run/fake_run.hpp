// A runner and its shim that do as told, for what goes on during a run.
#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/async/condition.hpp"
#include "daemon/runner/runner.hpp"

namespace microvm::test {

/// Writes down what is asked of it.
class FakeRunner final : public Runner {
public:
  CapabilityRecord capabilities(RunnerKind) const override { return {}; }
  std::vector<FieldError> refusals(const Definition&) const override { return {}; }
  bool isInstalled(RunnerKind) const override { return true; }
  Result<std::string> program() const override { return std::string("/fake/vfkit"); }
  Result<Argv> commandLine(const Definition&, const VmPaths&) const override { return Argv{"/fake/vfkit"}; }
  Task<RunnerState> state(std::string, Milliseconds) override { co_return now; }
  Task<void> change(std::string, RunnerChange change) override {
    static constexpr const char* kNames[] = {"pause", "resume", "stop", "hard-stop"};
    asked.emplace_back(kNames[static_cast<int>(change)]);
    co_return changed;
  }
  std::optional<RunnerChange> changeIn(const RunnerQuestion&) const override { return std::nullopt; }
  Task<RunnerAnswer> ask(std::string, RunnerQuestion) override { co_return RunnerAnswer(); }

  Result<RunnerState> now = RunnerState::Running;
  Result<void> changed;
  std::vector<std::string> asked;
};

/// Its console says nothing by itself: `onNews` is for the test to call.
class FakeShims final : public Shims {
public:
  explicit FakeShims(net::any_io_executor executor) : lost(std::move(executor)) {}

  Task<ShimStatus> launch(std::string, VmPaths, Argv, ShimSettings) override { co_return ShimStatus(); }
  Result<bool> isHeld(const VmPaths&) const override { return true; }
  VmPaths placeOf(VmPaths paths) const override { return paths; }
  Task<ShimStatus> status(VmPaths) override { co_return ShimStatus(); }
  Task<ExitRecord> waitForExit(VmPaths) override { co_return ExitRecord(); }
  ExitRecord lastExit(const VmPaths&) const override { return ExitRecord(); }
  Task<void> kill(VmPaths) override {
    ++kills;
    co_return Result<void>();
  }
  Task<void> setStop(VmPaths, StopSettings) override { co_return Result<void>(); }
  Task<std::unique_ptr<ConsoleStream>> attach(VmPaths, ConsoleAttach) override {
    co_return Error{Errc::WrongState, "no console here", {}, {}};
  }
  Task<void> watchConsole(VmPaths, std::function<void(ConsoleNews)> listener) override {
    ++watches;
    onNews = std::move(listener);
    auto waited = co_await lost.wait();
    if (!waited) co_return std::move(waited).error();
    co_return Error{Errc::Unreachable, "the shim hung up", {}, {}};
  }

  Condition lost;  // the connection to the console
  std::function<void(ConsoleNews)> onNews;
  int watches = 0;
  int kills = 0;
};

}  // namespace microvm::test
