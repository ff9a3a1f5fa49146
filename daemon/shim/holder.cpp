#include "daemon/shim/holder.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <unistd.h>

#include "api/core/file.hpp"
#include "daemon/shim/capped_file.hpp"
#include "daemon/shim/console/runner_terminal.hpp"
#include "daemon/shim/control.hpp"
#include "daemon/shim/report.hpp"
#include "daemon/shim/start.hpp"
#include "daemon/shim/stderr_scan.hpp"
#include "daemon/shim/stop_ladder.hpp"

namespace microvm::shim {
namespace {

using Clock = StopLadder::Clock;

constexpr std::size_t kScratchBytes = 64 * 1024;
constexpr std::uint64_t kRunnerLogBytes = 1024 * 1024;
constexpr Milliseconds kLinger{2000};
constexpr Milliseconds kGroupLimit{2000};   // for what a runner leaves behind: it may hold a disk
constexpr Milliseconds kHelperLimit{2000};  // for a network helper's own end

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
  void setStop(Milliseconds timeout, bool leavesAtTerm) override;
  bool hasConsole() override { return options_.terminal != TerminalKind::None; }
  std::size_t writeInput(std::string_view bytes) override { return terminal_.write(bytes); }

  void waitForEvents(std::optional<Clock::time_point> deadline);
  bool isReady(Wait which) const { return waits_[which].revents != 0; }
  void takeStopSignals();
  void beginLadder();
  void readErrors();
  void readHelperOutput();
  void stepHelpers();
  [[nodiscard]] std::optional<Clock::time_point> deadline() const;
  void openTerminalWhenKnown();
  void note(const std::string& text);
  std::string finish();
  void linger(const std::string& exitJson);

  Options options_;
  int stopSignals_;
  VmLocks locks_;
  ConsoleLog console_;
  Child runner_;
  ProcessIdentity identity_;
  ExitWatcher watcher_;
  UniqueFd errors_;
  RunnerTerminal terminal_;
  NetworkHelpers helpers_;
  UniqueFd helperOutput_;
  bool hasEnded_ = false;
  CappedFile log_;
  StderrScan scan_;
  StopLadder ladder_;
  Control control_;
  EndCause cause_ = EndCause::Itself;
  bool isHostStop_ = false;
  Timestamp startedAt_ = now();
  std::vector<pollfd> waits_;
  std::vector<char> scratch_;
};

Loop::Loop(Options options, int stopSignals, Parts parts)
    : options_(std::move(options)),
      stopSignals_(stopSignals),
      locks_(std::move(parts.locks)),
      console_(std::move(parts.console)),
      runner_(std::move(parts.runner)),
      identity_(runner_.identity()),
      watcher_(std::move(parts.watcher)),
      errors_(std::move(parts.errors)),
      terminal_(console_, options_.terminal, std::move(parts.terminal)),
      helpers_(std::move(parts.helpers)),
      helperOutput_(std::move(parts.helperOutput)),
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
  beginLadder();
}

/// Of a runner that has just ended nobody is there to be asked.
void Loop::beginLadder() {
  if (!isReady(kExit)) ladder_.begin(Clock::now());
}

void Loop::setStop(Milliseconds timeout, bool leavesAtTerm) {
  options_.leavesAtTerm = leavesAtTerm;
  ladder_.setTimeout(timeout);
}

void Loop::note(const std::string& text) {
  log_.append("microvm-shim: " + text + "\n");
}

void Loop::waitForEvents(std::optional<Clock::time_point> deadline) {
  // Once the runner has ended only the clients matter; what stays readable for ever must not wake us again.
  waits_.assign({{hasEnded_ ? -1 : stopSignals_, POLLIN, 0},
                 {hasEnded_ ? -1 : watcher_.fd(), POLLIN, 0},
                 {errors_.get(), POLLIN, 0},
                 {terminal_.fd(), static_cast<short>(control_.hasInput() ? POLLIN | POLLOUT : POLLIN), 0},
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
  bool isTold = false;
  while (::read(stopSignals_, byte, sizeof byte) > 0)
    isTold = true;
  if (!isTold || options_.leavesAtTerm) return;
  if (cause_ == EndCause::Itself) cause_ = EndCause::HostStop;
  isHostStop_ = true;
  beginLadder();
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
  if (!told.empty()) (void)locks_.noteRunner(identity_, helpers_.processes());
}

void Loop::openTerminalWhenKnown() {
  if (!terminal_.isAwaited() || scan_.terminal().empty()) return;
  if (auto opened = terminal_.open(scan_.terminal()); !opened) return note(opened.error().detail);
  (void)terminal_.read(scratch_);
}

std::optional<Clock::time_point> Loop::deadline() const {
  auto first = ladder_.deadline();
  const auto consider = [&](const std::optional<Clock::time_point>& other) {
    if (other && (!first || *other < *first)) first = other;
  };
  consider(control_.deadline());
  consider(helpers_.deadline());
  consider(terminal_.deadline());
  return first;
}

void Loop::run() {
  while (true) {
    waitForEvents(deadline());
    control_.handle(waits_);
    if (isReady(kStop)) takeStopSignals();
    if (!isReady(kExit)) ladder_.step(Clock::now());
    if (isReady(kErrors)) readErrors();
    if (isReady(kHelperOutput)) readHelperOutput();
    stepHelpers();
    if (isReady(kTerminal)) (void)terminal_.read(scratch_);
    terminal_.step(Clock::now());
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
  terminal_.readRest(scratch_);
  console_.ended();
  const bool isHard = ladder_.isHard() && cause_ != EndCause::KillRequest;
  ExitReport report{status ? *status : ExitStatus{}, now(), {}, identity_};
  report.rungs = ladder_.taken();
  report.isHostStop = isHostStop_ && cause_ != EndCause::KillRequest;
  report.reason =
      status ? reasonFor(*status, isHard ? EndCause::HardStop : cause_, options_.runner.front(), scan_.lastError())
             : status.error().detail;
  auto json = toJson(report);
  if (auto written = replaceFile(options_.exitFile(), json); !written) note(written.error().detail);
  control_.closeListener();
  ::unlink(options_.socket().c_str());
  ::unlink(options_.runnerSocket().c_str());
  return json;
}

/// The VM is over for everybody else; those who still read get the rest, if they take it soon.
void Loop::linger(const std::string& exitJson) {
  locks_.end(identity_);
  hasEnded_ = true;
  errors_.reset();
  terminal_.close();
  control_.announceExit(exitJson);
  const auto deadline = Clock::now() + kLinger;
  control_.pump();
  while (!control_.isDrained() && Clock::now() < deadline) {
    waitForEvents(deadline);
    control_.handle(waits_);
    control_.pump();
  }
}

/// A runner without a terminal of its own, an old vfkit or krunkit, gets one as its standard input and output.
bool wantsTerminal(const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word == "virtio-serial,stdio" || word == "virtio-serial,logFilePath=/dev/fd/1";
  });
}

}  // namespace

Result<std::unique_ptr<Holder>> Holder::start(Options options, int stopSignals) {
  if (options.terminal == TerminalKind::Named && wantsTerminal(options.runner)) options.terminal = TerminalKind::Stdio;
  auto parts = shim::start(options);
  if (!parts) return std::move(parts).error();
  return std::unique_ptr<Holder>(std::make_unique<Loop>(std::move(options), stopSignals, std::move(*parts)));
}

}  // namespace microvm::shim
