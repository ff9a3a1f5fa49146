#include "daemon/app/daemon.hpp"

#include <algorithm>
#include <csignal>
#include <memory>
#include <optional>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include "api/core/version.hpp"
#include "daemon/app/console_logs.hpp"
#include "daemon/app/instance.hpp"
#include "daemon/async/blocking_pool.hpp"
#include "daemon/async/task_group.hpp"
#include "daemon/http/handlers/routes.hpp"
#include "daemon/http/server.hpp"
#include "daemon/process/program_lookup.hpp"
#include "daemon/process/unix_socket.hpp"
#include "daemon/runner/rest/vfkit_runner.hpp"
#include "daemon/service/vm_service.hpp"
#include "daemon/shim/client/shims.hpp"
#include "daemon/store/sqlite/sqlite_store.hpp"

namespace microvm {
namespace {

constexpr Milliseconds kDrain{3'000};
constexpr Milliseconds kLastHandlers{500};
constexpr rlim_t kDescriptors = 65'536;

/// Consoles and clients need more descriptors than the 256 that macOS gives.
void raiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, kDescriptors));
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) logWarn("cannot raise the limit of open files limit={}", limit.rlim_cur);
}

/// A socket that a dead daemon left behind is removed; one that somebody answers on, and any other file, is not.
Result<UniqueFd> bindApi(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) {
    if (!S_ISSOCK(info.st_mode)) {
      return Error{Errc::InUse,
                   fmt::format("{} is there and is no socket", path),
                   "remove it, or choose another path with --socket",
                   {}};
    }
    if (connectUnix(path, Milliseconds(500))) {
      return Error{
          Errc::InUse, fmt::format("somebody answers on {} already", path), "choose another path with --socket", {}};
    }
    ::unlink(path.c_str());
  }
  return listenUnix(path);
}

/// Everything that lives as long as the daemon, in the order of its making. The loop comes first and goes last.
class Daemon {
public:
  Daemon(const Options& options, std::unique_ptr<Store> store, const std::string& shimProgram)
      : store_(std::move(store)),
        runner_(makeVfkitRunner(RunnerPrograms{options.vfkit, options.vfkitQemu})),
        shims_(makeShims(context_.get_executor(), shimProgram)),
        service_(SupervisorPorts{context_.get_executor(), *store_, *runner_, *shims_, files_}, logs_,
                 ServiceSettings{options.stateFolder, options.runFolder, SupervisorSettings{options.readyTimeout}}),
        server_(context_.get_executor(), service_, http::routes(), http::ServerOptions{}) {}

  Result<void> run(UniqueFd listener) {
    TaskGroup group(context_.get_executor());
    group.spawn("daemon", serve(std::move(listener)));
    context_.run();
    service_.shutDown();
    context_.restart();
    context_.run_for(kLastHandlers);
    return outcome_;
  }

private:
  net::awaitable<void> serve(UniqueFd listener) {
    auto opened = co_await service_.open();
    if (!opened) {
      outcome_ = std::move(opened).error();
    } else {
      server_.serve(std::move(listener));
      const auto info = service_.info();
      logInfo("microvmd is ready version={} state={} run={} vms={} running={}", info.version, info.stateFolder,
              info.runFolder, info.vms, info.running);
      auto [ec, number] = co_await signals_.async_wait(kToken);
      logInfo("shutting down signal={}", ec ? 0 : number);
      co_await server_.stop(kDrain);
    }
    context_.stop();
  }

  net::io_context context_{1};
  net::signal_set signals_{context_, SIGTERM, SIGINT};  // before any thread
  BlockingPool files_{2};
  std::unique_ptr<Store> store_;
  std::unique_ptr<Runner> runner_;
  std::unique_ptr<Shims> shims_;
  ConsoleLogFiles logs_;
  VmService service_;
  http::HttpServer server_;
  Result<void> outcome_;
};

}  // namespace

Result<void> runDaemon(const Options& options) {
  setLogLevel(options.logLevel);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  raiseDescriptorLimit();
  auto instance = Instance::claim(options);
  if (!instance) return std::move(instance).error();
  auto shimProgram = findProgram(options.shim);
  if (!shimProgram) return std::move(shimProgram).error();
  auto store = openSqliteStore(options.stateFolder + "/microvm.db");
  if (!store) return std::move(store).error();
  auto listener = bindApi(options.socket);
  if (!listener) return std::move(listener).error();
  Daemon daemon(options, std::move(*store), *shimProgram);
  auto ran = daemon.run(std::move(*listener));
  ::unlink(options.socket.c_str());
  return ran;
}

}  // namespace microvm
