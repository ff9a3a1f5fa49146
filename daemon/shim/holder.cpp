#include "daemon/shim/holder.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/core/file.hpp"
#include "daemon/process/descriptor.hpp"
#include "daemon/process/exit_watcher.hpp"
#include "daemon/process/file_lock.hpp"
#include "daemon/process/pty.hpp"
#include "daemon/process/spawn.hpp"
#include "daemon/process/unix_socket.hpp"
#include "daemon/shim/capped_file.hpp"
#include "daemon/shim/console/console_log.hpp"
#include "daemon/shim/console/request_log_filter.hpp"
#include "daemon/shim/control.hpp"
#include "daemon/shim/gate/gate.hpp"
#include "daemon/shim/helpers/network_helpers.hpp"
#include "daemon/shim/leftover.hpp"
#include "daemon/shim/report.hpp"
#include "daemon/shim/stderr_scan.hpp"
#include "daemon/shim/stop_ladder.hpp"

namespace microvm::shim {
namespace {

using Clock = StopLadder::Clock;

constexpr std::size_t kScratchBytes = 64 * 1024;
constexpr std::uint64_t kRunnerLogBytes = 1024 * 1024;
constexpr std::size_t kLastConsoleBytes = 1024 * 1024;
constexpr Milliseconds kHeldBack{50};  // for the rest of a line that an old runner writes in one go
constexpr Milliseconds kLinger{2000};
constexpr Milliseconds kLeftoverLimit{5000};  // some GiB take a while to be torn down
constexpr Milliseconds kGroupLimit{2000};     // for what a runner leaves behind: it may hold a disk
constexpr Milliseconds kHelperLimit{2000};    // for a network helper's own end
constexpr int kLockAttempts = 20;             // a probe of the daemon holds the lock for an instant
constexpr int kLockPause = 5;

struct Parts {
  FileLock lock;
  ConsoleLog console;
  UniqueFd listener;
  Child runner;
  ExitWatcher watcher;
  UniqueFd errors;
  UniqueFd terminal;  // of a runner that is given one
  NetworkHelpers helpers;
  UniqueFd helperOutput;
};

class Loop final : public Holder, private ControlHost {
public:
  Loop(Options options, int stopSignals, Parts parts);

  [[nodiscard]] std::string readyText() const override;
  void run() override;

private:
  enum Wait { kStop, kExit, kErrors, kTerminal, kHelperOutput };

  std::string statusJson() override;
  void killRunner() override;
  void stopRunner() override;
  bool hasConsole() override { return options_.terminal != TerminalKind::None; }
  std::size_t writeInput(std::string_view bytes) override;

  void waitForEvents(std::optional<Clock::time_point> deadline);
  bool isReady(Wait which) const { return waits_[which].revents != 0; }
  void takeStopSignals();
  void readErrors();
  void readHelperOutput();
  void stepHelpers();
  std::size_t readTerminal();
  void record(std::string_view bytes);
  void releaseHeldBack(bool isLast);
  [[nodiscard]] std::optional<Clock::time_point> deadline() const;
  void openTerminalWhenKnown();
  void note(const std::string& text);
  std::string finish();
  void linger(const std::string& exitJson);

  Options options_;
  int stopSignals_;
  FileLock lock_;
  ConsoleLog console_;
  Child runner_;
  ProcessIdentity identity_;
  ExitWatcher watcher_;
  UniqueFd errors_;
  UniqueFd terminal_;
  NetworkHelpers helpers_;
  UniqueFd helperOutput_;
  bool isTerminalKnown_ = false;
  RequestLogFilter filter_;  // of a console that is standard output
  std::optional<Clock::time_point> heldSince_;
  bool hasEnded_ = false;
  CappedFile log_;
  StderrScan scan_;
  StopLadder ladder_;
  Control control_;
  EndCause cause_ = EndCause::Itself;
  Timestamp startedAt_ = now();
  std::vector<pollfd> waits_;
  std::vector<char> scratch_;
};

Loop::Loop(Options options, int stopSignals, Parts parts)
    : options_(std::move(options)),
      stopSignals_(stopSignals),
      lock_(std::move(parts.lock)),
      console_(std::move(parts.console)),
      runner_(std::move(parts.runner)),
      identity_(runner_.identity()),
      watcher_(std::move(parts.watcher)),
      errors_(std::move(parts.errors)),
      terminal_(std::move(parts.terminal)),
      helpers_(std::move(parts.helpers)),
      helperOutput_(std::move(parts.helperOutput)),
      isTerminalKnown_(options_.terminal != TerminalKind::Named),
      log_(options_.runnerLog(), kRunnerLogBytes),
      ladder_(options_.runnerSocket(), options_.stopTimeout, [this](int number) { (void)runner_.signal(number); }),
      control_(std::move(parts.listener), console_, *this),
      scratch_(kScratchBytes) {}

std::string Loop::readyText() const {
  return std::to_string(::getpid()) + " " + std::to_string(identity_.pid) + " " + formatTimestamp(startedAt_);
}

std::string Loop::statusJson() {
  StatusReport report;
  report.shimPid = ::getpid();
  report.runnerPid = identity_.pid;
  report.startedAt = startedAt_;
  report.consoleStart = console_.start();
  report.consoleEnd = console_.end();
  report.consoleDropped = console_.dropped();
  report.consoleRate = console_.rate();
  report.boot = console_.bootNumber();
  report.viewers = control_.viewers();
  return toJson(report);
}

void Loop::killRunner() {
  cause_ = EndCause::KillRequest;
  (void)runner_.signal(SIGKILL);  // ours until reaped: the pid cannot be anybody else's
}

void Loop::stopRunner() {
  if (cause_ == EndCause::Itself) cause_ = EndCause::StopRequest;
  ladder_.begin(Clock::now());
}

std::size_t Loop::writeInput(std::string_view bytes) {
  if (!terminal_) return isTerminalKnown_ ? bytes.size() : 0;  // a terminal that is gone takes everything
  const auto written = ::write(terminal_.get(), bytes.data(), bytes.size());
  if (written >= 0) return static_cast<std::size_t>(written);
  return errno == EAGAIN || errno == EINTR ? 0 : bytes.size();
}

void Loop::note(const std::string& text) {
  log_.append("microvm-shim: " + text + "\n");
}

void Loop::waitForEvents(std::optional<Clock::time_point> deadline) {
  // Once the runner has ended only the clients matter; what stays readable for ever must not wake us again.
  waits_.assign({{hasEnded_ ? -1 : stopSignals_, POLLIN, 0},
                 {hasEnded_ ? -1 : watcher_.fd(), POLLIN, 0},
                 {errors_.get(), POLLIN, 0},
                 {terminal_.get(), static_cast<short>(control_.hasInput() ? POLLIN | POLLOUT : POLLIN), 0},
                 {helperOutput_.get(), POLLIN, 0}});
  control_.addTo(waits_);
  helpers_.addTo(waits_);
  int limit = -1;
  if (deadline) {
    const auto left = std::chrono::ceil<Milliseconds>(*deadline - Clock::now()).count();
    limit = static_cast<int>(std::max<std::int64_t>(left, 0));
  }
  if (::poll(waits_.data(), static_cast<nfds_t>(waits_.size()), limit) >= 0) return;
  for (auto& each : waits_)
    each.revents = 0;  // interrupted
}

void Loop::takeStopSignals() {
  char byte[16];
  while (::read(stopSignals_, byte, sizeof byte) > 0)
    stopRunner();
}

void Loop::readErrors() {
  const auto got = ::read(errors_.get(), scratch_.data(), scratch_.size());
  if (got > 0) {
    const std::string_view text(scratch_.data(), static_cast<std::size_t>(got));
    log_.append(text);
    scan_.append(text);
    openTerminalWhenKnown();
  } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
    errors_.reset();
  }
}

void Loop::readHelperOutput() {
  const auto got = ::read(helperOutput_.get(), scratch_.data(), scratch_.size());
  if (got > 0) log_.append(std::string_view(scratch_.data(), static_cast<std::size_t>(got)));
}

void Loop::stepHelpers() {
  const auto told = helpers_.step(Clock::now());
  for (const auto& line : told)
    note(line);
  if (!told.empty()) (void)lock_.write(runnerNote(identity_, helpers_.processes()));
}

void Loop::openTerminalWhenKnown() {
  if (isTerminalKnown_ || scan_.terminal().empty()) return;
  isTerminalKnown_ = true;
  auto opened = openTerminal(scan_.terminal());
  if (!opened) return note(opened.error().detail);
  terminal_ = std::move(*opened);
  (void)readTerminal();
}

/// Fills the buffer as far as the terminal has something: it hands out little at a time, the log takes it at once.
std::size_t Loop::readTerminal() {
  std::size_t filled = 0;
  bool isGone = false;
  while (terminal_ && filled < scratch_.size() && !isGone) {
    const auto got = ::read(terminal_.get(), scratch_.data() + filled, scratch_.size() - filled);
    if (got > 0) {
      filled += static_cast<std::size_t>(got);
    } else if (got < 0 && errno == EINTR) {
      continue;
    } else {
      isGone = got == 0 || errno != EAGAIN;
      break;
    }
  }
  record(std::string_view(scratch_.data(), filled));
  if (isGone) terminal_.reset();
  return filled;
}

void Loop::record(std::string_view bytes) {
  if (options_.terminal != TerminalKind::Stdio) return console_.append(bytes);
  console_.append(filter_.feed(bytes));
  heldSince_.reset();
  if (filter_.isHolding()) heldSince_ = Clock::now();
}

void Loop::releaseHeldBack(bool isLast) {
  if (!heldSince_ || (!isLast && Clock::now() < *heldSince_ + kHeldBack)) return;
  console_.append(filter_.release());
  heldSince_.reset();
}

std::optional<Clock::time_point> Loop::deadline() const {
  auto first = ladder_.deadline();
  const auto consider = [&](const std::optional<Clock::time_point>& other) {
    if (other && (!first || *other < *first)) first = other;
  };
  consider(control_.deadline());
  consider(helpers_.deadline());
  if (heldSince_) consider(*heldSince_ + kHeldBack);
  return first;
}

void Loop::run() {
  while (true) {
    waitForEvents(deadline());
    control_.handle(waits_);
    if (isReady(kStop)) takeStopSignals();
    ladder_.step(Clock::now());
    if (isReady(kErrors)) readErrors();
    if (isReady(kHelperOutput)) readHelperOutput();
    stepHelpers();
    if (terminal_ && isReady(kTerminal)) (void)readTerminal();
    releaseHeldBack(false);
    if (isReady(kExit)) break;
    control_.pump();
  }
  linger(finish());
}

/// Everything that must be true before the lock is free.
std::string Loop::finish() {
  const auto status = runner_.endGroup(kGroupLimit);
  helpers_.end(kHelperLimit);
  readHelperOutput();
  helperOutput_.reset();
  while (errors_) {
    pollfd more{errors_.get(), POLLIN, 0};
    if (::poll(&more, 1, 0) <= 0) break;
    readErrors();
  }
  for (std::size_t last = 0; terminal_ && last < kLastConsoleBytes;) {
    const auto got = readTerminal();
    if (got == 0) break;
    last += got;
  }
  releaseHeldBack(true);
  console_.ended();
  ExitReport report{status ? *status : ExitStatus{}, now(), {}};
  report.reason =
      status ? reasonFor(*status, cause_, options_.runner.front(), scan_.lastError()) : status.error().detail;
  auto json = toJson(report);
  if (auto written = replaceFile(options_.exitFile(), json); !written) note(written.error().detail);
  control_.closeListener();
  ::unlink(options_.socket().c_str());
  ::unlink(options_.runnerSocket().c_str());
  return json;
}

/// The VM is over for everybody else; those who still read get the rest, if they take it soon.
void Loop::linger(const std::string& exitJson) {
  (void)lock_.write("");
  lock_.release();
  hasEnded_ = true;
  errors_.reset();
  terminal_.reset();
  control_.announceExit(exitJson);
  const auto deadline = Clock::now() + kLinger;
  control_.pump();
  while (!control_.isDrained() && Clock::now() < deadline) {
    waitForEvents(deadline);
    control_.handle(waits_);
    control_.pump();
  }
}

Result<FileLock> takeLock(const Options& options) {
  for (int attempt = 0; attempt < kLockAttempts; ++attempt) {
    if (attempt != 0) ::poll(nullptr, 0, kLockPause);
    auto lock = FileLock::tryLock(options.lock());
    if (!lock) return std::move(lock).error();
    if (lock->has_value()) return std::move(**lock);
  }
  return Error{
      Errc::InUse, "the lock " + options.lock() + " is held: the VM " + options.vmId + " runs already", {}, {}};
}

/// A runner without a terminal of its own, an old vfkit or krunkit, gets one as its standard input and output.
bool wantsTerminal(const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word == "virtio-serial,stdio" || word == "virtio-serial,logFilePath=/dev/fd/1";
  });
}

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

/// Ours now: whatever is left over belongs to nobody.
Result<void> endLeftovers(const Options& options) {
  const auto runner = notedRunner(options.lock());
  for (const auto& helper : notedHelpers(options.lock()))
    (void)endLeftover(helper, kLeftoverLimit);
  if (runner && endLeftover(*runner, kLeftoverLimit) && isAlive(*runner)) {
    return Error{
        Errc::InUse, "the runner of before, process " + std::to_string(runner->pid) + ", does not end", {}, {}};
  }
  for (const auto& path : {options.exitFile(), options.socket(), options.runnerSocket()})
    ::unlink(path.c_str());
  return {};
}

/// Notes it in the lock before it runs, so that whoever finds the lock free can end what runs.
Result<Child> startNoted(SpawnOptions spawning, const Options& options, const NetworkHelpers& helpers, FileLock& lock) {
  const auto note = [&](const Child& child) { return lock.write(runnerNote(child.identity(), helpers.processes())); };
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
                          FileLock& lock) {
  SpawnOptions spawning;
  spawning.program = options.runner.front();
  spawning.arguments = options.runner;
  spawning.environment = allowedEnvironment();
  spawning.descriptors = helpers.runnerEnds();
  spawning.descriptors.push_back({errors, 2});
  if (terminal >= 0) spawning.descriptors.insert(spawning.descriptors.end(), {{terminal, 0}, {terminal, 1}});
  spawning.folder = options.runFolder;
  spawning.session = Session::New;
  auto child = startNoted(std::move(spawning), options, helpers, lock);
  if (child) return child;
  auto error = std::move(child).error();
  const bool isMissing = error.code == Errc::NotFound || error.code == Errc::Permission;
  error.code = isMissing ? Errc::RunnerMissing : Errc::RunnerFailed;
  return error;
}

}  // namespace

Result<std::unique_ptr<Holder>> Holder::start(Options options, int stopSignals) {
  if (options.terminal == TerminalKind::Named && wantsTerminal(options.runner)) options.terminal = TerminalKind::Stdio;
  auto lock = takeLock(options);
  if (!lock) return std::move(lock).error();
  if (isAbandoned(options)) return Error{Errc::Cancelled, "whoever started this shim has gone", {}, {}};
  // Not before: of a VM that was deleted meanwhile nothing must come back.
  if (auto made = makeFolders(options.stateFolder); !made) return std::move(made).error();
  if (auto ended = endLeftovers(options); !ended) return std::move(ended).error();
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
  auto runner = startRunner(options, errors->write.get(), pty->terminal.get(), *helpers, *lock);
  if (!runner) {
    ::unlink(options.socket().c_str());
    return std::move(runner).error();
  }
  helpers->closeRunnerEnds();
  auto watcher = ExitWatcher::forChild(runner->pid());
  if (!watcher) return std::move(watcher).error();
  Parts parts{std::move(*lock),           std::move(*console), std::move(*listener),
              std::move(*runner),         std::move(*watcher), std::move(errors->read),
              std::move(pty->controller), std::move(*helpers), std::move(output->read)};
  return std::unique_ptr<Holder>(std::make_unique<Loop>(std::move(options), stopSignals, std::move(parts)));
}

}  // namespace microvm::shim
