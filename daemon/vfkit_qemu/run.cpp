#include "daemon/vfkit_qemu/run.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/core.h>

#include "daemon/async/task_group.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/process/unix_socket.hpp"
#include "daemon/runner/vfkit/command_line_parser.hpp"
#include "daemon/runner/vfkit/inspect.hpp"
#include "daemon/vfkit_qemu/prepared.hpp"
#include "daemon/vfkit_qemu/probe.hpp"
#include "daemon/vfkit_qemu/qemu/tether.hpp"
#include "daemon/vfkit_qemu/qemu_machine.hpp"
#include "daemon/vfkit_qemu/rest/server.hpp"
#include "daemon/vfkit_qemu/vsock/clock_jump.hpp"
#include "daemon/vfkit_qemu/vsock/ignition.hpp"
#include "daemon/vfkit_qemu/vsock/ports.hpp"
#include "daemon/vfkit_qemu/vsock/time_sync.hpp"

namespace microvm::vfkit_qemu {
namespace {

constexpr std::string_view kParseOnly = "--parse-only";
constexpr std::string_view kProbe = "--probe";
constexpr std::string_view kOwnUsage = R"(
Of vfkit-qemu alone, as the first argument:
      --parse-only              run nothing: print what the other flags say, as /vm/inspect would have it
      --probe                   print what this host's QEMU can do, as JSON; without other flags)";
constexpr Milliseconds kStartLimit{30000};
constexpr Milliseconds kGrace{5000};
constexpr Milliseconds kReaderLimit{500};
constexpr Milliseconds kReaderPause{2};

Result<void> writePidfile(const std::string& path) {
  if (path.empty()) return {};
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const std::string pid = std::to_string(::getpid());
  if (!file || ::write(file.get(), pid.data(), pid.size()) != static_cast<ssize_t>(pid.size()))
    return systemError("cannot write the pidfile " + path, errno);
  return {};
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

/// What vfkit begins once the guest runs: nothing of it ends the guest when it fails.
class GuestServices {
public:
  GuestServices(net::any_io_executor executor, Prepared& prepared, const Log& log)
      : executor_(executor), prepared_(prepared), log_(log), tasks_(executor) {
    for (SharedFolder& share : prepared_.shares)
      tasks_.spawn("share", watchSharedFolder(share, log_));
    if (prepared_.vsock) transport_ = kernelVsock(prepared_.vsock->cid);
    if (transport_ && !prepared_.options.ignition.empty()) startIgnition();
  }

  void guestRuns() {
    if (!transport_) return;
    ports_ = std::make_unique<VsockPorts>(executor_, prepared_.options.devices, *transport_, log_);
    if (prepared_.options.timesyncPort) startTimeSync(*prepared_.options.timesyncPort);
  }

private:
  /// The guest asks while it boots.
  void startIgnition() {
    auto server = serveIgnition(executor_, *transport_, prepared_.options.ignition);
    if (server)
      ignition_ = *std::move(server);
    else
      log_.error(server.error().detail);
  }

  void startTimeSync(std::uint32_t port) {
    auto jumps = watchClockJumps();
    if (jumps)
      tasks_.spawn("timesync", keepTimeInSync(*std::move(jumps), *transport_, port, log_));
    else
      log_.warn("Error configuring guest time synchronization: " + jumps.error().detail);
  }

  net::any_io_executor executor_;
  Prepared& prepared_;
  const Log& log_;
  std::unique_ptr<VsockTransport> transport_;
  std::unique_ptr<HttpServer> ignition_;
  std::unique_ptr<VsockPorts> ports_;
  TaskGroup tasks_;
};

/// What a guest wrote last goes with our ends of its ptys: whoever reads them may finish, and nobody has to be there.
net::awaitable<void> letReadersFinish(const Consoles& consoles) {
  for (auto waited = kReaderPause; waited <= kReaderLimit && consoles.haveUnread(); waited += kReaderPause) {
    auto paused = co_await pause(kReaderPause);
    if (!paused) co_return;
  }
}

Task<void> live(QemuMachine& machine, GuestServices& services, Prepared& prepared, const Log& log) {
  auto running = co_await machine.waitForRunning(kStartLimit);
  if (running) {
    prepared.consoles.settle();
    log.info("virtual machine is running");
    services.guestRuns();
    log.info("waiting for VM to stop");
  } else if (running.error().code != Errc::Unreachable) {
    auto cut = co_await machine.cutPower();
    if (!cut) log.debug(cut.error().detail);
  }
  auto ended = co_await machine.waitForExit();
  prepared.complaints.drain(log);
  co_await letReadersFinish(prepared.consoles);
  if (!running && ended) co_return running;
  if (ended) co_return ended;
  std::string detail = ended.error().detail;
  if (!prepared.complaints.last().empty()) detail += ": " + prepared.complaints.last();
  co_return Error{Errc::RunnerFailed, std::move(detail), {}, {}};
}

/// One guest from the start of QEMU to its end.
struct Life {
  net::io_context& context;
  QemuMachine& machine;
  GuestServices& services;
  Prepared& prepared;
  const Log& log;
  Result<void> outcome;
};

net::awaitable<void> liveThenStop(Life& life) {
  life.outcome = co_await live(life.machine, life.services, life.prepared, life.log);
  life.context.stop();
}

Result<void> runMachine(Prepared& prepared, const Log& log) {
  net::io_context context{1};
  const auto executor = context.get_executor();
  auto monitor = makeSocketPair();
  if (!monitor) return std::move(monitor).error();
  QemuMachine machine(executor, inspectTextOf(prepared), log);
  auto server = RestServer::open(executor, prepared.options.rest, machine, httpDate);
  if (!server) {
    log.fatal(server.error().detail);
    return std::move(server).error();
  }
  const auto process = qemuProcess(prepared, monitor->theirs.get());
  if (auto started = machine.start(process, std::move(monitor->ours)); !started) return started;
  monitor->theirs.reset();
  // Else a virtiofsd would not see that QEMU hangs up.
  for (SharedFolder& share : prepared.shares)
    share.socket.reset();
  prepared.complaints.closeWriteEnd();
  net::signal_set signals(context, SIGTERM, SIGINT);
  GuestServices services(executor, prepared, log);
  Life life{context, machine, services, prepared, log, {}};
  TaskGroup tasks(executor);
  tasks.spawn("complaints", watchComplaints(prepared.complaints, log));
  tasks.spawn("signals", watchSignals(signals, machine, log));
  tasks.spawn("machine", liveThenStop(life));
  context.run();
  // The answer to a Stop that was obeyed at once is on its way.
  context.restart();
  context.poll();
  return life.outcome;
}

/// The last line is all that many a caller shows.
int fail(const Error& error) {
  reportFailure(error.hint.empty() ? error.detail : error.detail + "; " + error.hint);
  return EXIT_FAILURE;
}

/// A reader that went away is no failure, as for any other program.
int print(const std::string& text) {
  const std::string line = text + "\n";
  const bool isWritten = std::fwrite(line.data(), 1, line.size(), stdout) == line.size() && std::fflush(stdout) == 0;
  if (isWritten || errno == EPIPE) return EXIT_SUCCESS;
  return fail(systemError("cannot write the output", errno));
}

/// The machine's REST server says what it refuses; every other failure is told in vfkit's form.
int runOptions(const vfkit::Options& options) {
  const Log log(options.verbosity);
  if (auto written = writePidfile(options.pidfile); !written) return fail(written.error());
  auto prepared = prepare(options, log);
  if (!prepared) return fail(prepared.error());
  if (auto ran = runMachine(*prepared, log); !ran) return fail(ran.error());
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
  switch (options->request) {
    case vfkit::Request::Help:
      return print(std::string(vfkit::usageText()) + std::string(kOwnUsage));
    case vfkit::Request::Version:
      return print(versionLine());
    case vfkit::Request::Run:
      break;
  }
  if (parseOnly) return print(vfkit::inspectText(*options));
  std::signal(SIGPIPE, SIG_IGN);
  return runOptions(*options);
}

}  // namespace microvm::vfkit_qemu
