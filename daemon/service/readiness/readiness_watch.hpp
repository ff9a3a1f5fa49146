// Looks for the signs of readiness in one run of a VM, for as long as its guest runs.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/async/blocking_pool.hpp"
#include "daemon/async/task_group.hpp"
#include "daemon/domain/definition.hpp"
#include "daemon/domain/readiness/probe_state.hpp"
#include "daemon/probing/probes.hpp"
#include "daemon/runner/runner.hpp"

namespace microvm {

/// What a watch works with. All outlive it.
struct ReadinessPorts {
  net::any_io_executor executor;
  Probes& probes;
  Runner& runner;
  Shims& shims;
  BlockingPool& files;
  const ConsoleLogs& logs;
};

/// The run that is watched.
struct ReadinessSubject {
  std::string name;  ///< of the VM, for the log
  VmPaths paths;
  Readiness readiness;
  std::vector<VsockPort> vsock;
  Timestamp runsSince{};  ///< for the initial delays
};

/// Whether the guest's start was seen, so that nothing of it can be known, or the guest was found running.
enum class Acquaintance { Fresh, Adopted };

/// One task for each probe, a timer in each, none once a line of the console has matched. Rests until look() is called.
/// Its end cancels them all; nothing is called after it.
class ReadinessWatch {
public:
  struct Listener {
    std::function<void()> onChange;                                              ///< states() has changed
    std::function<void(const Probe& probe, const ProbeState& state)> onFailure;  ///< a restart is due
  };

  ReadinessWatch(const ReadinessPorts& ports, ReadinessSubject subject, Acquaintance acquaintance, Listener listener);
  ~ReadinessWatch();
  ReadinessWatch(const ReadinessWatch&) = delete;
  ReadinessWatch& operator=(const ReadinessWatch&) = delete;

  /// The guest runs, or goes on.
  void look();
  /// The guest is paused or about to end: what was seen stays as it is.
  void rest();

  /// In the order of the subject's probes.
  [[nodiscard]] const std::vector<ProbeState>& states() const;

private:
  struct State;
  std::shared_ptr<State> state_;  // shared with its tasks, which may outlive it by the way to their next await
  TaskGroup tasks_;
  bool isLooking_ = false;
};

}  // namespace microvm
