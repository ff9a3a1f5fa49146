#include "daemon/shim/helpers/network_helpers.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <sys/socket.h>
#include <utility>

#include "daemon/process/descriptor.hpp"

namespace microvm::shim {
namespace {

constexpr int kHelperFd = 3;
constexpr Milliseconds kFirstPause{1'000};
constexpr Milliseconds kLongestPause{60'000};
constexpr Milliseconds kLongRun{60'000};
constexpr Milliseconds kKillLimit{2'000};
// As vfkit wants them: a frame of the largest kind fits, and many wait to be received.
constexpr int kSendBytes = 1024 * 1024;
constexpr int kReceiveBytes = 4 * 1024 * 1024;

struct Pair {
  UniqueFd helper;
  UniqueFd runner;
};

Result<Pair> makePair() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return systemError("cannot make a pair of sockets", errno);
  Pair pair{UniqueFd(ends[0]), UniqueFd(ends[1])};
  for (const int end : ends) {
    if (auto set = setCloseOnExec(end); !set) return std::move(set).error();
    // Best effort: the system may allow less, and grants what it allows.
    (void)::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &kSendBytes, sizeof kSendBytes);
    (void)::setsockopt(end, SOL_SOCKET, SO_RCVBUF, &kReceiveBytes, sizeof kReceiveBytes);
  }
  return pair;
}

std::string textOf(const ExitStatus& status) {
  return status.signal ? "signal " + std::to_string(*status.signal) : "code " + std::to_string(status.code.value_or(0));
}

bool hasEnded(const ExitWatcher& watcher, Milliseconds limit) {
  pollfd end{watcher.fd(), POLLIN, 0};
  return ::poll(&end, 1, static_cast<int>(limit.count())) == 1;
}

}  // namespace

Result<NetworkHelpers> NetworkHelpers::start(const std::vector<HelperOptions>& options, std::string folder,
                                             UniqueFd output) {
  NetworkHelpers started;
  started.folder_ = std::move(folder);
  started.output_ = std::move(output);
  for (const auto& each : options) {
    auto pair = makePair();
    if (!pair) return std::move(pair).error();
    auto& helper = started.helpers_.emplace_back();
    helper.options = each;
    helper.end = std::move(pair->helper);
    helper.runnerEnd = std::move(pair->runner);
    if (auto launched = started.launch(helper, Clock::now()); !launched) {
      auto error = std::move(launched).error();
      error.code = Errc::RunnerFailed;
      error.detail = "the network helper cannot be started: " + error.detail;
      return error;
    }
  }
  return started;
}

Result<void> NetworkHelpers::launch(Helper& helper, Clock::time_point now) {
  SpawnOptions spawning;
  spawning.program = helper.options.command.front();
  spawning.arguments = helper.options.command;
  spawning.environment = allowedEnvironment();
  spawning.descriptors = {{output_.get(), 1}, {output_.get(), 2}, {helper.end.get(), kHelperFd}};
  spawning.folder = folder_;
  spawning.session = Session::New;
  auto child = spawn(spawning);
  if (!child) return std::move(child).error();
  auto watcher = ExitWatcher::forChild(child->pid());
  if (!watcher) return std::move(watcher).error();
  helper.child = std::move(*child);
  helper.watcher = std::move(*watcher);
  helper.startedAt = now;
  helper.againAt.reset();
  return {};
}

std::vector<InheritedFd> NetworkHelpers::runnerEnds() const {
  std::vector<InheritedFd> ends;
  for (const auto& helper : helpers_)
    ends.push_back({helper.runnerEnd.get(), helper.options.runnerFd});
  return ends;
}

void NetworkHelpers::closeRunnerEnds() {
  for (auto& helper : helpers_)
    helper.runnerEnd.reset();
}

std::vector<ProcessIdentity> NetworkHelpers::processes() const {
  std::vector<ProcessIdentity> running;
  for (const auto& helper : helpers_) {
    if (helper.child) running.push_back(helper.child->identity());
  }
  return running;
}

void NetworkHelpers::addTo(std::vector<pollfd>& waits) {
  for (const auto& helper : helpers_) {
    if (helper.watcher) waits.push_back({helper.watcher->fd(), POLLIN, 0});
  }
}

std::string NetworkHelpers::noteEnd(Helper& helper, Clock::time_point now) {
  const auto status = helper.child->endGroup(kKillLimit);
  helper.child.reset();
  helper.watcher.reset();
  const bool ranLong = now - helper.startedAt >= kLongRun;
  helper.pause = ranLong ? kFirstPause : std::clamp(helper.pause * 2, kFirstPause, kLongestPause);
  helper.againAt = now + helper.pause;
  const auto how = status ? textOf(*status) : status.error().detail;
  return "the network helper " + helper.options.command.front() + " ended with " + how + "; it is started again in " +
         std::to_string(helper.pause.count() / 1000) + " s";
}

std::vector<std::string> NetworkHelpers::step(Clock::time_point now) {
  std::vector<std::string> told;
  for (auto& helper : helpers_) {
    if (helper.watcher && hasEnded(*helper.watcher, Milliseconds(0))) told.push_back(noteEnd(helper, now));
    if (!helper.againAt || now < *helper.againAt) continue;
    if (auto launched = launch(helper, now); launched) {
      told.push_back("the network helper " + helper.options.command.front() + " is started again");
    } else {
      helper.pause = std::min(helper.pause * 2, kLongestPause);
      helper.againAt = now + helper.pause;
      told.push_back("the network helper cannot be started: " + launched.error().detail);
    }
  }
  return told;
}

std::optional<NetworkHelpers::Clock::time_point> NetworkHelpers::deadline() const {
  std::optional<Clock::time_point> first;
  for (const auto& helper : helpers_) {
    if (helper.againAt && (!first || *helper.againAt < *first)) first = helper.againAt;
  }
  return first;
}

void NetworkHelpers::end(Milliseconds limit) {
  for (const auto& helper : helpers_) {
    if (helper.child) (void)helper.child->signal(SIGTERM);
  }
  const auto deadline = Clock::now() + limit;
  for (auto& helper : helpers_) {
    if (helper.watcher) {
      const auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now());
      (void)hasEnded(*helper.watcher, std::max(left, Milliseconds(0)));
    }
    if (helper.child) (void)helper.child->endGroup(kKillLimit);
  }
  helpers_.clear();
}

}  // namespace microvm::shim
