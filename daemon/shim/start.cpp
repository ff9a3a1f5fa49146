#include "daemon/shim/start.hpp"

#include <csignal>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include "api/core/file.hpp"
#include "daemon/process/descriptor.hpp"
#include "daemon/process/pty.hpp"
#include "daemon/process/unix_socket.hpp"
#include "daemon/shim/gate/gate.hpp"
#include "daemon/shim/gate/leftover.hpp"
#include "daemon/shim/gate/lock_note.hpp"

namespace microvm::shim {
namespace {

constexpr Milliseconds kLeftoverLimit{5000};  // some GiB take a while to be torn down

/// For what a program writes, read when there is something.
Result<Pipe> makeLogPipe() {
  auto pipe = makePipe();
  if (!pipe) return pipe;
  if (auto set = setNonBlocking(pipe->read.get()); !set) return std::move(set).error();
  return pipe;
}

/// A terminal for a runner that has its console on standard input and output; an empty pair for any other.
Result<PtyPair> makeTerminal(const Options& options) {
  if (options.terminal != TerminalKind::Stdio) return PtyPair{};
  auto pty = makePty();
  if (!pty) return pty;
  if (auto set = setNonBlocking(pty->controller.get()); !set) return std::move(set).error();
  return pty;
}

/// Whoever waits for the ready line has gone: a daemon that was killed. The next one would not know of this VM.
bool isAbandoned(const Options& options) {
  pollfd reader{options.readyFd.value_or(-1), 0, 0};
  return ::poll(&reader, 1, 0) > 0 && (reader.revents & (POLLERR | POLLHUP)) != 0;
}

/// What the locks that are ours now still name belongs to nobody.
Result<void> endLeftovers(const Options& options, const std::vector<ProcessIdentity>& left) {
  for (const auto& process : left) {
    if (!endLeftover(process, kLeftoverLimit) || !isAlive(process)) continue;
    return Error{
        Errc::InUse, "the runner of before, process " + std::to_string(process.pid) + ", does not end", {}, {}};
  }
  for (const auto& path : {options.exitFile(), options.socket(), options.runnerSocket()})
    ::unlink(path.c_str());
  return {};
}

/// Notes it in the lock before it runs, so that whoever finds the lock free can end what runs.
Result<Child> startNoted(SpawnOptions spawning, const Options& options, const NetworkHelpers& helpers, VmLocks& locks) {
  const auto note = [&](const Child& child) { return locks.noteRunner(child.identity(), helpers.processes()); };
  if (options.gatekeeper.empty()) {
    auto child = spawn(spawning);
    if (!child) return child;
    if (auto noted = note(*child); !noted) return std::move(noted).error();
    return child;
  }
  auto gated = GatedChild::start(std::move(spawning), options.gatekeeper);
  if (!gated) return std::move(gated).error();
  if (auto noted = note(gated->child()); !noted) return std::move(noted).error();
  return std::move(*gated).open();
}

Result<Child> startRunner(const Options& options, int errors, int terminal, const NetworkHelpers& helpers,
                          VmLocks& locks) {
  SpawnOptions spawning;
  spawning.program = options.runner.front();
  spawning.arguments = options.runner;
  spawning.environment = allowedEnvironment();
  spawning.descriptors = helpers.runnerEnds();
  spawning.descriptors.push_back({errors, 2});
  if (terminal >= 0) spawning.descriptors.insert(spawning.descriptors.end(), {{terminal, 0}, {terminal, 1}});
  spawning.folder = options.runFolder;
  spawning.session = Session::New;
  auto child = startNoted(std::move(spawning), options, helpers, locks);
  if (child) return child;
  auto error = std::move(child).error();
  const bool isMissing = error.code == Errc::NotFound || error.code == Errc::Permission;
  error.code = isMissing ? Errc::RunnerMissing : Errc::RunnerFailed;
  return error;
}

}  // namespace

Result<Parts> start(const Options& options) {
  auto locks = VmLocks::take({options.lock(), options.lastingLock()}, options.vmId, options.runFolder);
  if (!locks) return std::move(locks).error();
  if (isAbandoned(options)) return Error{Errc::Cancelled, "whoever started this shim has gone", {}, {}};
  // Not before: of a VM that was deleted meanwhile nothing must come back.
  if (auto made = makeFolders(options.stateFolder); !made) return std::move(made).error();
  if (auto taken = locks->takeLasting(); !taken) return std::move(taken).error();
  const auto before = findHolding(locks->files());
  if (!before) return before.error();
  if (auto ended = endLeftovers(options, before->left); !ended) return std::move(ended).error();
  if (auto noted = locks->noteShim(); !noted) return std::move(noted).error();
  auto console = ConsoleLog::open({options.consoleFolder(), options.consoleSize, options.consoleKeep});
  if (!console) return std::move(console).error();
  console->boot();
  auto listener = listenUnix(options.socket());
  if (!listener) return std::move(listener).error();
  auto errors = makeLogPipe();
  if (!errors) return std::move(errors).error();
  auto pty = makeTerminal(options);
  if (!pty) return std::move(pty).error();
  auto output = makeLogPipe();
  if (!output) return std::move(output).error();
  auto helpers = NetworkHelpers::start(options.helpers, options.runFolder, std::move(output->write));
  if (!helpers) {
    ::unlink(options.socket().c_str());
    return std::move(helpers).error();
  }
  auto runner = startRunner(options, errors->write.get(), pty->terminal.get(), *helpers, *locks);
  if (!runner) {
    ::unlink(options.socket().c_str());
    return std::move(runner).error();
  }
  helpers->closeRunnerEnds();
  auto watcher = ExitWatcher::forChild(runner->pid());
  if (!watcher) return std::move(watcher).error();
  return Parts{std::move(*locks),          std::move(*console), std::move(*listener),
               std::move(*runner),         std::move(*watcher), std::move(errors->read),
               std::move(pty->controller), std::move(*helpers), std::move(output->read)};
}

}  // namespace microvm::shim
