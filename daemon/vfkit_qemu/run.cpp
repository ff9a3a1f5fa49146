#include "daemon/vfkit_qemu/run.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/core.h>

#include "daemon/async/task_group.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/process/identity.hpp"
#include "daemon/process/program_lookup.hpp"
#include "daemon/runner/vfkit/command_line_parser.hpp"
#include "daemon/runner/vfkit/inspect.hpp"
#include "daemon/vfkit_qemu/complaints.hpp"
#include "daemon/vfkit_qemu/consoles.hpp"
#include "daemon/vfkit_qemu/preflight.hpp"
#include "daemon/vfkit_qemu/probe.hpp"
#include "daemon/vfkit_qemu/qemu/accelerator.hpp"
#include "daemon/vfkit_qemu/qemu/tether.hpp"
#include "daemon/vfkit_qemu/qemu_machine.hpp"
#include "daemon/vfkit_qemu/rest/server.hpp"
#include "daemon/vfkit_qemu/shared_folders.hpp"

namespace microvm::vfkit_qemu {
namespace {

constexpr std::string_view kParseOnly = "--parse-only";
constexpr std::string_view kProbe = "--probe";
constexpr Milliseconds kStartLimit{30000};
constexpr Milliseconds kGrace{5000};

/// What is known about the host and prepared on it before QEMU starts.
struct Prepared {
  std::string self;
  std::string qemu;
  Accelerator accelerator = Accelerator::Tcg;
  Consoles consoles;
  Complaints complaints;
  std::vector<SharedFolder> shares;
};

Result<void> writePidfile(const std::string& path) {
  if (path.empty()) return {};
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const std::string pid = std::to_string(::getpid());
  if (!file || ::write(file.get(), pid.data(), pid.size()) != static_cast<ssize_t>(pid.size()))
    return systemError("cannot write the pidfile " + path, errno);
  return {};
}

Result<Prepared> prepare(const vfkit::Options& options, const Log& log) {
  if (auto supported = checkSupported(options); !supported) return std::move(supported).error();
  if (auto files = checkFiles(options, hostArchitecture()); !files) return std::move(files).error();
  auto self = ownProgram();
  if (!self) return std::move(self).error();
  auto qemu = findProgram(std::string(programName(hostArchitecture())));
  if (!qemu) return std::move(qemu).error();
  const auto [accelerator, why] = hostAccelerator(*qemu, *self);
  log.info(fmt::format("accelerator {}: {}", nameOf(accelerator), why));
  auto consoles = Consoles::open(options);
  if (!consoles) return std::move(consoles).error();
  for (const std::string& name : consoles->ptyNames())
    log.info(fmt::format("Using PTY (pty path: {})", name));
  auto complaints = Complaints::open();
  if (!complaints) return std::move(complaints).error();
  auto shares = shareFolders(options, *self, complaints->writeEnd());
  if (!shares) return std::move(shares).error();
  return Prepared{*std::move(self),     *std::move(qemu),       accelerator,
                  *std::move(consoles), *std::move(complaints), *std::move(shares)};
}

/// QEMU's command line and its descriptors, numbered from 3 in the order they are named.
SpawnOptions qemuProcess(const vfkit::Options& options, const Prepared& prepared, int monitor) {
  SpawnOptions process;
  int next = 3;
  QemuChannels channels;
  const auto hand = [&](int fd) {
    process.descriptors.push_back({fd, next});
    return next++;
  };
  channels.monitor = hand(monitor);
  for (int controller : prepared.consoles.ptyControllers())
    channels.ptys.push_back(hand(controller));
  for (const SharedFolder& share : prepared.shares)
    channels.shares.push_back(hand(share.socket.get()));
  process.descriptors.push_back({prepared.complaints.writeEnd(), STDERR_FILENO});
  if (prepared.consoles.usesStdio()) {
    process.descriptors.push_back({STDIN_FILENO, STDIN_FILENO});
    process.descriptors.push_back({STDOUT_FILENO, STDOUT_FILENO});
  }
  auto arguments = qemuArguments(options, hostArchitecture(), prepared.accelerator, channels);
  const auto sandbox = sandboxArguments();
  arguments.insert(arguments.begin(), sandbox.begin(), sandbox.end());
  process.program = prepared.self;
  process.arguments = tethered(prepared.self, prepared.qemu, std::move(arguments));
  process.environment = allowedEnvironment();
  process.session = Session::New;
  return process;
}

struct SocketPair {
  UniqueFd ours;
  UniqueFd theirs;
};

Result<SocketPair> makeSocketPair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0) return systemError("cannot make a socket pair", errno);
  SocketPair pair{UniqueFd(fds[0]), UniqueFd(fds[1])};
  for (int fd : fds)
    if (auto closed = setCloseOnExec(fd); !closed) return std::move(closed).error();
  return pair;
}

Task<void> readComplaints(Complaints& complaints, const Log& log) {
  auto read = co_await complaints.readAll(log);
  co_return read;
}

net::awaitable<void> watchComplaints(Complaints& complaints, const Log& log) {
  auto read = co_await readComplaints(complaints, log);
  if (!read) log.debug(read.error().detail);
}

/// SIGTERM and SIGINT: the power button, and after five seconds the plug.
net::awaitable<void> watchSignals(net::signal_set& signals, QemuMachine& machine, const Log& log) {
  auto [ec, number] = co_await signals.async_wait(kToken);
  if (ec) co_return;
  log.info(fmt::format("captured signal {}, asking the guest to power off", number));
  if (isAllowed(Change::Stop, machine.state())) {
    auto asked = co_await machine.change(Change::Stop);
    if (!asked) log.debug(asked.error().detail);
  }
  auto waited = co_await pause(kGrace);
  if (!waited) co_return;
  log.info("the guest did not power off in time, stopping it");
  auto cut = co_await machine.cutPower();
  if (!cut) log.debug(cut.error().detail);
}

Task<void> live(QemuMachine& machine, Prepared& prepared, const Log& log) {
  auto running = co_await machine.waitForRunning(kStartLimit);
  if (running) {
    prepared.consoles.settle();
    log.info("virtual machine is running");
    log.info("waiting for VM to stop");
  } else if (running.error().code != Errc::Unreachable) {
    auto cut = co_await machine.cutPower();
    if (!cut) log.debug(cut.error().detail);
  }
  auto ended = co_await machine.waitForExit();
  prepared.complaints.drain(log);
  if (!running && ended) co_return running;
  if (ended) co_return ended;
  std::string detail = ended.error().detail;
  if (!prepared.complaints.last().empty()) detail += ": " + prepared.complaints.last();
  co_return Error{Errc::RunnerFailed, std::move(detail), {}, {}};
}

net::awaitable<void> liveThenStop(net::io_context& context, QemuMachine& machine, Prepared& prepared, const Log& log,
                                  Result<void>& outcome) {
  outcome = co_await live(machine, prepared, log);
  context.stop();
}

Result<void> runMachine(const vfkit::Options& options, Prepared& prepared, const Log& log) {
  net::io_context context{1};
  const auto executor = context.get_executor();
  auto monitor = makeSocketPair();
  if (!monitor) return std::move(monitor).error();
  QemuMachine machine(executor, vfkit::inspectText(options, prepared.consoles.ptyNames()), log);
  auto server = RestServer::open(executor, options.rest, machine, httpDate);
  if (!server) {
    log.fatal(server.error().detail);
    return std::move(server).error();
  }
  const auto process = qemuProcess(options, prepared, monitor->theirs.get());
  if (auto started = machine.start(process, std::move(monitor->ours)); !started) return started;
  monitor->theirs.reset();
  // Else a virtiofsd would not see that QEMU hangs up.
  for (SharedFolder& share : prepared.shares)
    share.socket.reset();
  prepared.complaints.closeWriteEnd();
  net::signal_set signals(context, SIGTERM, SIGINT);
  Result<void> outcome;
  TaskGroup tasks(executor);
  tasks.spawn("complaints", watchComplaints(prepared.complaints, log));
  tasks.spawn("signals", watchSignals(signals, machine, log));
  tasks.spawn("machine", liveThenStop(context, machine, prepared, log, outcome));
  context.run();
  // The answer to a Stop that was obeyed at once is on its way.
  context.restart();
  context.poll();
  return outcome;
}

int fail(const Error& error) {
  reportFailure(error.detail);
  return EXIT_FAILURE;
}

int print(const std::string& text) {
  fmt::print("{}\n", text);
  return EXIT_SUCCESS;
}

/// The machine's REST server says what it refuses; every other failure is told in vfkit's form.
int runOptions(const vfkit::Options& options) {
  const Log log(options.verbosity);
  if (auto written = writePidfile(options.pidfile); !written) return fail(written.error());
  auto prepared = prepare(options, log);
  if (!prepared) return fail(prepared.error());
  if (auto ran = runMachine(options, *prepared, log); !ran) return fail(ran.error());
  log.info("VM is stopped");
  return EXIT_SUCCESS;
}

}  // namespace

int runProgram(std::span<const std::string> arguments) {
  if (isTether(arguments)) return runTether(arguments);
  if (arguments.size() == 1 && arguments[0] == kProbe) return print(probeReport());
  const bool parseOnly = !arguments.empty() && arguments[0] == kParseOnly;
  const auto options = vfkit::parseCommandLine(parseOnly ? arguments.subspan(1) : arguments);
  if (!options) return fail(options.error());
  if (parseOnly) return print(vfkit::inspectText(*options));
  switch (options->request) {
    case vfkit::Request::Help:
      return print(std::string(vfkit::usageText()));
    case vfkit::Request::Version:
      return print(versionLine());
    case vfkit::Request::Run:
      break;
  }
  std::signal(SIGPIPE, SIG_IGN);
  return runOptions(*options);
}

}  // namespace microvm::vfkit_qemu
