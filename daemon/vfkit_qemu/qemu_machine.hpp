// The machine behind the REST server: one QEMU process and its monitor.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/async/condition.hpp"
#include "daemon/process/spawn.hpp"
#include "daemon/vfkit_qemu/qemu/qmp_client.hpp"
#include "daemon/vfkit_qemu/report/report.hpp"
#include "daemon/vfkit_qemu/rest/machine.hpp"

namespace microvm::vfkit_qemu {

/// One thread. Destruction kills QEMU if it still runs.
class QemuMachine : public Machine {
public:
  QemuMachine(net::any_io_executor executor, std::string inspect, const Log& log);

  [[nodiscard]] MachineState state() const override { return state_; }
  [[nodiscard]] std::string inspect() const override { return inspect_; }
  Task<void> change(Change change) override;

  /// Starts QEMU; `monitor` is our end of its monitor. The state is Starting.
  Result<void> start(const SpawnOptions& options, UniqueFd monitor);
  /// Ends when QEMU has opened all its devices and runs the guest: the state is Running. Errc::Unreachable when QEMU
  /// ended first.
  Task<void> waitForRunning(Milliseconds limit);
  /// Ends with QEMU. Success when the guest powered off or was cut off.
  Task<void> waitForExit();
  /// Cuts the power: asks QEMU to quit, then kills it. Does not wait for its end.
  Task<void> cutPower();

private:
  void onEvent(const std::string& event);
  Task<void> command(std::string name, MachineState during, MachineState after);

  net::any_io_executor executor_;
  const std::string inspect_;
  const Log& log_;
  MachineState state_ = MachineState::Stopped;
  bool isCutOff_ = false;
  std::optional<Child> child_;
  std::unique_ptr<QmpClient> monitor_;
  Condition gone_;
};

}  // namespace microvm::vfkit_qemu
