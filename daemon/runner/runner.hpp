// The ports through which the service reaches what runs a VM: the runner's REST socket, and the shim that holds the
// runner.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/async/task.hpp"
#include "daemon/domain/capabilities/record.hpp"
#include "daemon/domain/definition.hpp"
#include "daemon/domain/vm.hpp"
#include "daemon/runner/paths.hpp"

namespace microvm {

/// vfkit's states without the prefix VirtualMachineState.
enum class RunnerState { Stopped, Running, Paused, Error, Starting, Pausing, Resuming, Stopping, Other };

/// What can be asked of a runner.
enum class RunnerChange { Pause, Resume, Stop, HardStop };

/// A request for the runner's own REST socket, and its answer, as they are.
struct RunnerQuestion {
  std::string method;
  std::string path;  ///< "/vm/state" or "/vm/inspect"
  std::string body;
};
struct RunnerAnswer {
  int status = 0;
  std::string contentType;
  std::string body;
};

/// A command line, the absolute path of the program first.
using Argv = std::vector<std::string>;

class Runner {
public:
  virtual ~Runner() = default;

  /// What the installed runner can do; where none is installed, what its newest version could. Not Auto. Blocks while a
  /// program is asked that was not asked before: call it on a pool.
  virtual CapabilityRecord capabilities(RunnerKind runner) const = 0;
  /// What its command line cannot say of a definition, though it could do it. Blocks as capabilities() does.
  virtual std::vector<FieldError> refusals(const Definition& definition) const = 0;
  /// Whether its program is there. Not Auto.
  virtual bool isInstalled(RunnerKind runner) const = 0;
  /// The absolute path of the program that runs a VM whose definition names no runner. Errc::RunnerMissing.
  virtual Result<std::string> program() const = 0;
  /// The command line for a definition. Errc::RunnerMissing when the program is not there or not executable,
  /// Errc::Invalid when the runner cannot do what is asked.
  virtual Result<Argv> commandLine(const Definition& definition, const VmPaths& paths) const = 0;
  /// GET /vm/state, answered within two seconds. Errc::Unreachable while nobody listens.
  virtual Task<RunnerState> state(std::string socketPath) = 0;
  /// POST /vm/state. A connection lost after HardStop was sent is success: the runner exits without an answer.
  virtual Task<void> change(std::string socketPath, RunnerChange change) = 0;
  /// The change that a question asks for, if it asks for one.
  virtual std::optional<RunnerChange> changeIn(const RunnerQuestion& question) const = 0;
  /// One exchange, answered within five seconds. Errc::Unreachable, Errc::Timeout or Errc::Protocol without an answer.
  virtual Task<RunnerAnswer> ask(std::string socketPath, RunnerQuestion question) = 0;
};

/// What the shim says of itself and its runner.
struct ShimStatus {
  int shimPid = 0;
  int runnerPid = 0;
  Timestamp startedAt{};           ///< when the runner was exec'd
  std::uint64_t consoleEnd = 0;    ///< offset one past the last console byte written
  std::uint64_t consoleStart = 0;  ///< offset of the oldest byte still kept
};

/// What a shim is told when it starts.
struct ShimSettings {
  ShimSettings(ConsoleSettings console_ = {}, StopSettings stop_ = {}) : console(console_), stop(stop_) {}
  ConsoleSettings console;  ///< how the log is cut
  StopSettings stop;        ///< what the shim does when the host ends it: its timeout and onHostShutdown
};

/// A viewer's place in the console. Bytes go both ways; the offset of the first byte received is `offset`.
class ConsoleStream {
public:
  struct Chunk {
    std::uint64_t offset = 0;  ///< of the first byte; beyond the previous chunk's end when bytes were rotated away
    std::string bytes;         ///< empty: the console ended
  };
  virtual ~ConsoleStream() = default;
  virtual Task<Chunk> read() = 0;
  virtual Task<void> write(std::string bytes) = 0;
};

/// Bytes of the kept console log from `offset` on. `end` is the log's end when it was read.
struct ConsoleSlice {
  std::uint64_t start = 0;   ///< offset of the oldest byte still kept
  std::uint64_t offset = 0;  ///< offset of the first byte of `bytes`
  std::uint64_t end = 0;
  std::string bytes;
};

/// The console logs on disk, whether the VM runs or not.
class ConsoleLogs {
public:
  virtual ~ConsoleLogs() = default;
  /// Blocks: call it on a pool. An offset that was rotated away reads from the oldest byte kept; one at or beyond the
  /// end gives no bytes.
  virtual Result<ConsoleSlice> read(const VmPaths& paths, std::uint64_t offset, std::size_t limit) const = 0;
};

enum class ConsoleMode { ReadOnly, ReadWrite };

/// The shims of all VMs: starting one, and speaking with the one that holds a VM, whoever started it.
class Shims {
public:
  virtual ~Shims() = default;

  /// Starts a shim in a session of its own, with the runner, and returns once the runner is exec'd. Errc::InUse when
  /// another holds the VM's lock; Errc::RunnerMissing or RunnerFailed when the runner could not be exec'd.
  virtual Task<ShimStatus> launch(std::string vmId, VmPaths paths, Argv runner, ShimSettings settings) = 0;
  /// Whether anybody holds the VM's lock. Cheap; used at the daemon's start and before delete.
  virtual Result<bool> isHeld(const VmPaths& paths) const = 0;
  /// Errc::Unreachable when no shim answers.
  virtual Task<ShimStatus> status(VmPaths paths) = 0;
  /// Ends when the runner has ended and the lock is free; reads exit.json when the shim itself died. Never times out:
  /// cancel it.
  virtual Task<ExitRecord> waitForExit(VmPaths paths) = 0;
  /// SIGKILL to the runner, by the shim, which knows it by more than its pid. Errc::Unreachable when no shim answers.
  virtual Task<void> kill(VmPaths paths) = 0;
  /// Attaches a viewer at `offset`; nothing means the end. A stopped VM has no console to attach to: Errc::WrongState.
  virtual Task<std::unique_ptr<ConsoleStream>> attach(VmPaths paths, ConsoleMode mode,
                                                      std::optional<std::uint64_t> offset) = 0;
};

}  // namespace microvm
