#include "daemon/vfkit_qemu/qemu_machine.hpp"

#include <csignal>

#include <fmt/core.h>

#include "daemon/async/timing.hpp"
#include "daemon/process/exit_watcher.hpp"

namespace microvm::vfkit_qemu {
namespace {

constexpr Milliseconds kCommandLimit{10000};
/// The button is pressed once QEMU reads its monitor, which it does not while nobody reads the guest's console.
constexpr Milliseconds kButtonLimit{2000};
constexpr Milliseconds kQuitLimit{250};

}  // namespace

QemuMachine::QemuMachine(net::any_io_executor executor, std::string inspect, const Log& log)
    : executor_(executor), inspect_(std::move(inspect)), log_(log), gone_(executor) {}

Result<void> QemuMachine::start(const SpawnOptions& options, UniqueFd monitor) {
  state_ = MachineState::Starting;
  auto child = spawn(options);
  if (!child) {
    state_ = MachineState::Stopped;
    return std::move(child).error();
  }
  child_.emplace(*std::move(child));
  monitor_ =
      std::make_unique<QmpClient>(executor_, std::move(monitor), [this](const std::string& event) { onEvent(event); });
  return {};
}

void QemuMachine::onEvent(const std::string& event) {
  log_.debug(fmt::format("QEMU event {}", event));
  // QEMU stops the guest itself when a disk of the host is full.
  if (event == "STOP" && state_ == MachineState::Running) state_ = MachineState::Paused;
  if (event == "RESUME" && state_ == MachineState::Paused) state_ = MachineState::Running;
}

Task<void> QemuMachine::waitForRunning(Milliseconds limit) {
  auto greeted = co_await monitor_->handshake(limit);
  if (greeted && state_ == MachineState::Starting) state_ = MachineState::Running;
  co_return greeted;
}

Task<void> QemuMachine::waitForExit() {
  auto watcher = ExitWatcher::forChild(child_->pid());
  if (!watcher) co_return std::move(watcher).error();
  auto ended = co_await waitReadable(watcher->fd());
  if (!ended) co_return ended;
  auto status = child_->reap();
  child_.reset();
  if (!status) co_return std::move(status).error();
  const bool isClean = status->code == 0 || isCutOff_;
  state_ = isClean ? MachineState::Stopped : MachineState::Error;
  if (isClean) co_return Result<void>();
  const std::string how = status->signal ? fmt::format("signal {}", *status->signal)
                                         : fmt::format("exit code {}", status->code.value_or(-1));
  co_return Error{Errc::RunnerFailed, fmt::format("QEMU ended with {}", how), {}, {}};
}

Task<void> QemuMachine::cutPower() {
  isCutOff_ = true;
  state_ = MachineState::Stopping;
  auto asked = co_await monitor_->execute("quit", kQuitLimit);
  if (!asked) log_.debug(asked.error().detail);
  const bool isDeaf = !asked && asked.error().code == Errc::Timeout;
  if (!isDeaf) {
    auto waited = co_await pause(kQuitLimit);
    if (!waited) co_return waited;
  }
  if (child_) (void)child_->signal(SIGKILL).has_value();
  co_return Result<void>();
}

Task<void> QemuMachine::command(std::string name, MachineState during, MachineState after) {
  const MachineState before = state_;
  state_ = during;
  auto done = co_await monitor_->execute(std::move(name), kCommandLimit);
  if (state_ == during) state_ = done ? after : before;
  co_return done;
}

Task<void> QemuMachine::change(Change change) {
  switch (change) {
    case Change::Pause: {
      auto paused = co_await command("stop", MachineState::Pausing, MachineState::Paused);
      co_return paused;
    }
    case Change::Resume: {
      auto resumed = co_await command("cont", MachineState::Resuming, MachineState::Running);
      co_return resumed;
    }
    case Change::Stop: {
      auto pressed = co_await monitor_->execute("system_powerdown", kButtonLimit);
      if (!pressed && pressed.error().code == Errc::Timeout) co_return Result<void>();
      co_return pressed;
    }
    case Change::HardStop:
      break;
  }
  auto cut = co_await cutPower();
  if (!cut) co_return cut;
  // The process ends with QEMU, and this connection with the process.
  auto never = co_await gone_.wait();
  co_return never;
}

}  // namespace microvm::vfkit_qemu
