#include "daemon/shim/client/launch.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <unistd.h>
#include <utility>

#include "api/core/file.hpp"
#include "daemon/async/timing.hpp"
#include "daemon/process/awake_clock.hpp"
#include "daemon/process/descriptor.hpp"
#include "daemon/process/exit_watcher.hpp"
#include "daemon/shim/client/records.hpp"

namespace microvm::shim {
namespace {

using Clock = AwakeClock;

constexpr Milliseconds kReadyLimit{10'000};
constexpr std::size_t kLineBytes = 4096;
constexpr int kReadyFd = 3;

/// Where the runner's command line puts the console. An old vfkit and krunkit know no pty.
std::string terminalOf(const Argv& runner) {
  const auto has = [&](const char* word) { return std::find(runner.begin(), runner.end(), word) != runner.end(); };
  if (has("virtio-serial,stdio") || has("virtio-serial,logFilePath=/dev/fd/1")) return "stdio";
  return has("--device") && !has("virtio-serial,pty") ? "none" : "named";
}

std::vector<std::string> argumentsOf(const LaunchOrder& order) {
  const auto& stop = order.settings.stop;
  std::vector<std::string> words = {"microvm-shim",
                                    "--vm",
                                    order.vmId,
                                    "--run-folder",
                                    order.paths.runFolder,
                                    "--state-folder",
                                    order.paths.stateFolder,
                                    "--console-size",
                                    std::to_string(order.settings.console.size),
                                    "--console-keep",
                                    std::to_string(order.settings.console.keep),
                                    "--stop-timeout",
                                    std::to_string(std::chrono::ceil<std::chrono::seconds>(stop.timeout).count()),
                                    "--on-term",
                                    stop.onHostShutdown == OnHostShutdown::Stop ? "stop" : "leave",
                                    "--terminal",
                                    terminalOf(order.runner),
                                    "--ready-fd",
                                    std::to_string(kReadyFd)};
  for (const auto& helper : order.settings.helpers) {
    words.insert(words.end(), {"--helper", std::to_string(helper.runnerFd), std::to_string(helper.command.size())});
    words.insert(words.end(), helper.command.begin(), helper.command.end());
  }
  words.push_back("--");
  words.insert(words.end(), order.runner.begin(), order.runner.end());
  return words;
}

Error silent() {
  return Error{Errc::RunnerFailed, "microvm-shim ended without a word", "look into runner.log", {}};
}

}  // namespace

Result<Launched> startShim(const LaunchOrder& order) {
  for (const auto& folder : {order.paths.runFolder, order.paths.stateFolder}) {
    if (auto made = makeFolders(folder); !made) return std::move(made).error();
  }
  auto pipe = makePipe();
  if (!pipe) return std::move(pipe).error();
  if (auto set = setNonBlocking(pipe->read.get()); !set) return std::move(set).error();
  SpawnOptions options;
  options.program = order.program;
  options.arguments = argumentsOf(order);
  options.environment = allowedEnvironment();
  options.descriptors = {{pipe->write.get(), kReadyFd}};
  options.folder = "/";
  options.session = Session::New;
  options.whenDropped = WhenDropped::Leave;
  auto child = spawn(options);
  if (!child) return std::move(child).error();
  return Launched{std::move(*child), std::move(pipe->read)};
}

Task<ShimStatus> awaitReady(UniqueFd ready) {
  const auto deadline = Clock::now() + kReadyLimit;
  std::string line;
  while (line.find('\n') == std::string::npos && line.size() < kLineBytes) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) co_return Error{Errc::Timeout, "microvm-shim is not ready in time", {}, {}};
    auto readable = co_await waitReadable(ready.get(), left);
    if (!readable) co_return std::move(readable).error();
    char buffer[1024];
    const auto got = ::read(ready.get(), buffer, sizeof buffer);
    if (got > 0) line.append(buffer, static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) co_return silent();
  }
  co_return parseReady(line.substr(0, line.find('\n')));
}

net::awaitable<void> reapAtEnd(Child child) {
  auto watcher = ExitWatcher::forChild(child.pid());
  if (!watcher) co_return;
  auto ended = co_await waitReadable(watcher->fd());
  if (ended) (void)child.reap();
}

}  // namespace microvm::shim
