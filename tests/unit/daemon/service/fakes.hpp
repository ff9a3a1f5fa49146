// Stand-ins behind the service's ports: a runner and shims that live in this process.
#pragma once
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/async/condition.hpp"
#include "daemon/probing/probes.hpp"
#include "daemon/runner/runner.hpp"

namespace microvm::test {

/// A guest that does as told. One for all VMs.
struct FakeHost {
  explicit FakeHost(net::any_io_executor executor) : exited(executor), heard(executor) {}

  Condition exited;
  Condition heard;      // the console has said more
  std::string console;  // what it has said since the first boot
  std::uint64_t bootOffset = 0;
  int listeners = 0;               // attached to it
  std::optional<ExitRecord> exit;  // how the present run ended
  bool held = false;               // somebody holds the lock
  RunnerState state = RunnerState::Running;
  RunnerState stateAfterLaunch = RunnerState::Running;
  bool guestHearsPowerButton = true;
  bool hardStopWorks = true;
  std::optional<Error> launchError;
  std::optional<Error> commandLineError;
  std::optional<Error> changeError;
  std::optional<StopSettings> stopTold;  // to the shim, after the launch
  std::vector<std::string> calls;
  std::function<void(ConsoleNews)> onNews;  // of the shim's console

  void end(std::optional<int> code, std::optional<int> signal, std::string reason) {
    exit = ExitRecord{code, signal, now(), std::move(reason)};
    held = false;
    exited.notifyAll();
    heard.notifyAll();
  }

  void say(const std::string& text) {
    console += text;
    heard.notifyAll();
  }
};

class FakeConsole final : public ConsoleStream {
public:
  FakeConsole(FakeHost& host, std::uint64_t offset) : host_(host), next_(offset) { ++host_.listeners; }
  ~FakeConsole() override { --host_.listeners; }
  Task<Chunk> read() override {
    Chunk chunk;
    while (next_ >= host_.console.size() && host_.held) {
      auto waited = co_await host_.heard.wait();
      if (!waited) co_return std::move(waited).error();
    }
    if (next_ >= host_.console.size()) co_return chunk;
    chunk.offset = next_;
    chunk.bytes = host_.console.substr(next_);
    next_ = host_.console.size();
    co_return chunk;
  }
  Task<void> write(std::string) override { co_return Result<void>(); }
  Task<void> setExclusive(ExclusiveWish) override { co_return Result<void>(); }
  std::uint32_t id() const override { return 1; }

private:
  FakeHost& host_;
  std::uint64_t next_;
};

/// Every look at a kind of sign ends as its result says.
class FakeProbes final : public Probes {
public:
  Task<std::string> vsock(std::string socketPath, Milliseconds) override {
    asked.push_back(std::move(socketPath));
    co_return vsockResult;
  }
  Task<std::string> tcp(std::string address, Milliseconds) override {
    asked.push_back(std::move(address));
    co_return tcpResult;
  }
  Task<std::string> http(std::string url, Milliseconds) override {
    asked.push_back(std::move(url));
    co_return httpResult;
  }

  std::vector<std::string> asked;
  Result<std::string> vsockResult = Error{Errc::Unreachable, "refused", {}, {}};
  Result<std::string> tcpResult = vsockResult;
  Result<std::string> httpResult = vsockResult;
};

class FakeRunner final : public Runner {
public:
  explicit FakeRunner(FakeHost& host) : host_(host) {}

  CapabilityRecord capabilities(RunnerKind runner) const override { return recordOf(usualTarget(runner, thisHost())); }
  std::vector<FieldError> refusals(const Definition&) const override { return {}; }
  bool isInstalled(RunnerKind runner) const override { return runner == RunnerKind::Qemu; }
  Result<std::string> program() const override { return std::string("/fake/vfkit"); }
  Result<Argv> commandLine(const Definition&, const VmPaths&) const override {
    if (host_.commandLineError) return *host_.commandLineError;
    return Argv{"/fake/vfkit"};
  }
  Task<RunnerState> state(std::string, Milliseconds) override {
    if (!host_.held) co_return Error{Errc::Unreachable, "nobody listens", {}, {}};
    co_return host_.state;
  }
  Task<void> change(std::string, RunnerChange change) override {
    static constexpr const char* kNames[] = {"Pause", "Resume", "Stop", "HardStop"};
    host_.calls.emplace_back(kNames[static_cast<int>(change)]);
    if (!host_.held) co_return Error{Errc::Unreachable, "nobody listens", {}, {}};
    if (host_.changeError) co_return *host_.changeError;
    if (change == RunnerChange::Pause) host_.state = RunnerState::Paused;
    if (change == RunnerChange::Resume) host_.state = RunnerState::Running;
    if (change == RunnerChange::Stop && host_.guestHearsPowerButton)
      host_.end(0, std::nullopt, "the guest powered off");
    if (change == RunnerChange::HardStop && host_.hardStopWorks) host_.end(0, std::nullopt, "the guest was ended");
    co_return Result<void>();
  }

  std::optional<RunnerChange> changeIn(const RunnerQuestion& question) const override {
    if (question.body == "pause") return RunnerChange::Pause;
    if (question.body == "stop") return RunnerChange::Stop;
    return std::nullopt;
  }
  Task<RunnerAnswer> ask(std::string, RunnerQuestion question) override {
    host_.calls.push_back(question.method + " " + question.path);
    if (!host_.held) co_return Error{Errc::Unreachable, "nobody listens", {}, {}};
    co_return RunnerAnswer{202, "", ""};
  }

private:
  FakeHost& host_;
};

class FakeShims final : public Shims {
public:
  explicit FakeShims(FakeHost& host) : host_(host) {}

  Task<ShimStatus> launch(std::string, VmPaths, Argv, ShimSettings) override {
    host_.calls.emplace_back("launch");
    if (host_.launchError) co_return *host_.launchError;
    host_.exit.reset();
    host_.held = true;
    host_.state = host_.stateAfterLaunch;
    ShimStatus status;
    status.startedAt = now();
    status.shimPid = 11;
    status.runnerPid = 12;
    co_return status;
  }
  Result<bool> isHeld(const VmPaths&) const override { return host_.held; }
  VmPaths placeOf(VmPaths paths) const override { return paths; }
  Task<ShimStatus> status(VmPaths) override {
    if (!host_.held) co_return Error{Errc::Unreachable, "nobody listens", {}, {}};
    ShimStatus status;
    status.shimPid = 21;
    status.runnerPid = 22;
    co_return status;
  }
  Task<ExitRecord> waitForExit(VmPaths) override {
    while (host_.held) {
      auto waited = co_await host_.exited.wait();
      if (!waited) co_return std::move(waited).error();
    }
    co_return host_.exit.value_or(ExitRecord{});
  }
  ExitRecord lastExit(const VmPaths&) const override { return host_.exit.value_or(ExitRecord{}); }
  Task<void> kill(VmPaths) override {
    host_.calls.emplace_back("kill");
    host_.end(std::nullopt, 9, "killed");
    co_return Result<void>();
  }
  Task<void> setStop(VmPaths, StopSettings stop) override {
    host_.stopTold = stop;
    co_return Result<void>();
  }
  Task<std::unique_ptr<ConsoleStream>> attach(VmPaths, ConsoleAttach request) override {
    if (!host_.held) co_return Error{Errc::WrongState, "no console here", {}, {}};
    co_return std::make_unique<FakeConsole>(host_, request.offset.value_or(host_.console.size()));
  }
  Task<void> watchConsole(VmPaths, std::function<void(ConsoleNews)> onNews) override {
    host_.onNews = std::move(onNews);
    while (host_.held) {
      auto waited = co_await host_.exited.wait();
      if (!waited) co_return std::move(waited).error();
    }
    co_return Error{Errc::Unreachable, "the shim ended", {}, {}};
  }

private:
  FakeHost& host_;
};

class FakeLogs final : public ConsoleLogs {
public:
  explicit FakeLogs(const FakeHost& host) : host_(host) {}
  Result<ConsoleSlice> read(const VmPaths&, std::uint64_t offset, std::size_t) const override {
    const auto from = std::min<std::uint64_t>(offset, host_.console.size());
    return ConsoleSlice{0, from, host_.console.size(), host_.console.substr(from)};
  }
  Result<ConsoleTimes> times(const VmPaths&) const override {
    ConsoleTimes times;
    times.boots.push_back({1, host_.bootOffset, Timestamp(Milliseconds(1000))});
    return times;
  }

private:
  const FakeHost& host_;
};

}  // namespace microvm::test
