// The ports through which the service reaches what runs a VM: the runner's REST socket, and the shim that holds the
// runner.
#pragma once
#include <cstdint>
#include <functional>
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
  /// GET /vm/state, answered within the limit. Errc::Unreachable while nobody listens.
  virtual Task<RunnerState> state(std::string socketPath, Milliseconds limit = Milliseconds(2'000)) = 0;
  /// POST /vm/state. A connection lost after HardStop was sent is success: the runner exits without an answer.
  virtual Task<void> change(std::string socketPath, RunnerChange change) = 0;
  /// The change that a question asks for, if it asks for one.
  virtual std::optional<RunnerChange> changeIn(const RunnerQuestion& question) const = 0;
  /// One exchange, answered within five seconds. Errc::Unreachable, Errc::Timeout or Errc::Protocol without an answer;
  /// where HardStop was asked for and the answer was lost, 202 without a body, as for change().
  virtual Task<RunnerAnswer> ask(std::string socketPath, RunnerQuestion question) = 0;
};

/// What the shim says of itself and its runner.
struct ShimStatus {
  int shimPid = 0;
  int runnerPid = 0;
  Timestamp startedAt{};             ///< when the runner was exec'd
  std::uint64_t consoleEnd = 0;      ///< offset one past the last console byte written
  std::uint64_t consoleStart = 0;    ///< offset of the oldest byte still kept
  std::uint64_t consoleDropped = 0;  ///< bytes that could not be stored since the start
  std::uint64_t consoleRate = 0;     ///< bytes per second, of late
};

/// Exclusive: while one viewer has it, what others type goes nowhere.
enum class ConsoleMode { ReadOnly, ReadWrite, Exclusive };
/// Take: fails when another viewer has the console exclusively.
enum class ExclusiveWish { Release, Take, TakeOver };

/// Who attaches, where and how.
struct ConsoleAttach {
  ConsoleMode mode = ConsoleMode::ReadWrite;
  /// When another has it exclusively: come in all the same, by taking it over (Exclusive) or unheard (ReadWrite).
  bool evenIfHeld = false;
  std::optional<std::uint64_t> offset;  ///< nothing: the end
  std::uint64_t queue = 0;              ///< once at the end, skip ahead when farther behind than this; 0: never
  std::string label;                    ///< for the other viewers
};

struct ConsoleViewer {
  std::uint32_t id = 0;
  ConsoleMode mode = ConsoleMode::ReadOnly;
  std::string label;
  Timestamp since{};
};

/// What a shim tells of its console when viewers come or go, or old bytes go.
struct ConsoleNews {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::optional<std::uint32_t> exclusive;  ///< the viewer that has it
  std::size_t count = 0;                   ///< of viewers; of very many not all are listed
  std::vector<ConsoleViewer> viewers;
};

/// A program that serves one of the VM's network interfaces, for as long as the runner runs.
struct NetworkHelper {
  NetworkHelper(int runnerFd_, Argv command_) : runnerFd(runnerFd_), command(std::move(command_)) {}
  int runnerFd;  ///< what the runner knows its end by
  Argv command;
};

/// What a shim is told when it starts.
struct ShimSettings {
  ShimSettings(ConsoleSettings console_ = {}, StopSettings stop_ = {}) : console(console_), stop(stop_) {}
  ConsoleSettings console;             ///< how the log is cut
  StopSettings stop;                   ///< what the shim does when the host ends it: its timeout and onHostShutdown
  std::vector<NetworkHelper> helpers;  ///< in the order in which they are started
};

/// A viewer's place in the console. Bytes go both ways; the offset of the first byte received is `offset`.
class ConsoleStream {
public:
  struct Chunk {
    std::uint64_t offset = 0;  ///< of the first byte; beyond the previous chunk's end when bytes were skipped
    std::string bytes;
    std::shared_ptr<const ConsoleNews> news;  ///< shared by the copies of a chunk
    std::string refusal;                      ///< why setExclusive() came to nothing
    [[nodiscard]] bool isEnd() const { return bytes.empty() && !news && refusal.empty(); }
  };
  virtual ~ConsoleStream() = default;
  virtual Task<Chunk> read() = 0;
  virtual Task<void> write(std::string bytes) = 0;
  /// What comes of it is read: news, or a refusal.
  virtual Task<void> setExclusive(ExclusiveWish wish) = 0;
  /// Its own among the viewers; 0 when the shim is too old to tell.
  [[nodiscard]] virtual std::uint32_t id() const = 0;
};

/// Bytes of the kept console log from `offset` on. `end` is the log's end when it was read.
struct ConsoleSlice {
  std::uint64_t start = 0;   ///< offset of the oldest byte still kept
  std::uint64_t offset = 0;  ///< offset of the first byte of `bytes`
  std::uint64_t end = 0;
  std::string bytes;
};

/// When the bytes of a console were written.
struct ConsoleTimes {
  struct Boot {
    std::uint64_t number = 0;  ///< the first of the VM's life is 1
    std::uint64_t offset = 0;
    Timestamp at{};
  };
  struct Mark {
    std::uint64_t offset = 0;  ///< the bytes from here to the next mark were written at this time or a little before
    Timestamp at{};
  };
  std::vector<Boot> boots;  ///< those that are still known, in order
  std::vector<Mark> marks;
};

/// The console logs on disk, whether the VM runs or not.
class ConsoleLogs {
public:
  virtual ~ConsoleLogs() = default;
  /// Blocks: call it on a pool. An offset that was rotated away reads from the oldest byte kept; one at or beyond the
  /// end gives no bytes.
  virtual Result<ConsoleSlice> read(const VmPaths& paths, std::uint64_t offset, std::size_t limit) const = 0;
  /// Blocks too. A log without an index has no times.
  virtual Result<ConsoleTimes> times(const VmPaths& paths) const = 0;
};

/// The shims of all VMs: starting one, and speaking with the one that holds a VM, whoever started it.
class Shims {
public:
  virtual ~Shims() = default;

  /// Starts a shim in a session of its own, with the runner, and returns once the runner is exec'd. Errc::InUse when
  /// another holds the VM's lock; Errc::RunnerMissing or RunnerFailed when the runner could not be exec'd.
  virtual Task<ShimStatus> launch(std::string vmId, VmPaths paths, Argv runner, ShimSettings settings) = 0;
  /// Whether anybody holds one of the VM's locks. Cheap; used at the daemon's start and before delete.
  virtual Result<bool> isHeld(const VmPaths& paths) const = 0;
  /// Where a VM that is held has its run folder: another one when a daemon that worked elsewhere started it.
  virtual VmPaths placeOf(VmPaths paths) const = 0;
  /// Errc::Unreachable when no shim answers.
  virtual Task<ShimStatus> status(VmPaths paths) = 0;
  /// Ends when the runner has ended and the lock is free; reads exit.json when the shim itself died. Never times out:
  /// cancel it.
  virtual Task<ExitRecord> waitForExit(VmPaths paths) = 0;
  /// What is known of the end of a VM that nobody holds. Does not wait for anything.
  virtual ExitRecord lastExit(const VmPaths& paths) const = 0;
  /// SIGKILL to the runner, by the shim, which knows it by more than its pid. Errc::Unreachable when no shim answers.
  virtual Task<void> kill(VmPaths paths) = 0;
  /// What the shim does from now on when the host ends it. Errc::Protocol: a shim that is too old to be told.
  virtual Task<void> setStop(VmPaths paths, StopSettings stop) = 0;
  /// Attaches a viewer. A stopped VM has no console to attach to: Errc::WrongState; a runner without one: NotFound; one
  /// that another viewer holds: InUse.
  virtual Task<std::unique_ptr<ConsoleStream>> attach(VmPaths paths, ConsoleAttach request) = 0;
  /// Tells `onNews` of the console until the shim ends (Errc::Unreachable) or the coroutine is cancelled.
  /// Errc::Protocol: a shim that is too old to tell.
  virtual Task<void> watchConsole(VmPaths paths, std::function<void(ConsoleNews)> onNews) = 0;
};

}  // namespace microvm
