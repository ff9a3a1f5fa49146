#include "daemon/app/daemon.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "api/version/version.hpp"
#include "daemon/app/announcer.hpp"
#include "daemon/app/api_socket.hpp"
#include "daemon/app/console_logs.hpp"
#include "daemon/app/descriptor_limit.hpp"
#include "daemon/app/host_stop.hpp"
#include "daemon/app/instance.hpp"
#include "daemon/app/maintenance.hpp"
#include "daemon/app/sleep_watch.hpp"
#include "daemon/async/blocking_pool.hpp"
#include "daemon/async/task_group.hpp"
#include "daemon/host/heap.hpp"
#include "daemon/http/handlers/routes.hpp"
#include "daemon/http/server.hpp"
#include "daemon/init/host_shutdown.hpp"
#include "daemon/probing/net/net_probes.hpp"
#include "daemon/process/boot_id.hpp"
#include "daemon/process/program_lookup.hpp"
#include "daemon/runner/rest/vfkit_runner.hpp"
#include "daemon/service/vm_service.hpp"
#include "daemon/shim/client/shims.hpp"
#include "daemon/store/sqlite/sqlite_store.hpp"
#include "daemon/tls/tls_listener.hpp"

namespace microvm {
namespace {

constexpr Milliseconds kDrain{3'000};
constexpr Milliseconds kLastHandlers{500};

/// Empty when the host does not tell: VMs with autostart then wait for somebody to start them.
std::string hostBoot() {
  auto id = bootId();
  if (id) return std::move(*id);
  logWarn("autostart is off: {}", id.error().detail);
  return {};
}

/// Everything that lives as long as the daemon, in the order of its making. The loop comes first and goes last.
class Daemon {
public:
  Daemon(const Options& options, const Environment& environment, std::unique_ptr<Store> store,
         const std::string& shimProgram)
      : environment_(environment),
        announcer_(context_.get_executor(), environment),
        store_(std::move(store)),
        runner_(makeVfkitRunner(RunnerPrograms{options.vfkit, options.krunkit, options.vfkitQemu})),
        shims_(makeShims(context_.get_executor(), shimProgram)),
        probes_(makeNetProbes()),
        service_(SupervisorPorts{context_.get_executor(), *store_, *runner_, *shims_, files_, logs_, *probes_,
                                 [this] { announcer_.running(service_.running()); }},
                 ServiceSettings{options.stateFolder, options.runFolder, hostBoot(),
                                 SupervisorSettings{options.readyTimeout}, options.minFree}),
        server_(context_.get_executor(), service_, http::routes(), http::ServerOptions{}) {}

  /// Before run(): binds the TCP port that was asked for.
  Result<void> listen(const std::optional<TlsSettings>& settings) {
    if (!settings) return {};
    auto opened = TlsListener::open(context_.get_executor(), *settings);
    if (!opened) return std::move(opened).error();
    tls_ = std::move(*opened);
    return {};
  }

  Result<void> run(UniqueFd listener) {
    TaskGroup group(context_.get_executor());
    group.spawn("signals", awaitEnd());
    group.spawn("daemon", serve(std::move(listener)));
    group.spawn("sleep watch", watchSleep());
    context_.run();
    group.cancel();  // a service that was not open yet
    service_.shutDown();
    context_.restart();
    context_.run_for(kLastHandlers);
    return outcome_;
  }

private:
  net::awaitable<void> serve(UniqueFd listener) {
    auto opened = co_await service_.open();
    if (isEnding_) co_return;
    if (!opened) {
      outcome_ = std::move(opened).error();
      context_.stop();
      co_return;
    }
    server_.serve(std::move(listener));
    if (tls_) serveRemote();
    shrinkHeap();
    const auto info = service_.info();
    logInfo("microvmd is ready version={} state={} run={} vms={} running={}", info.version, info.stateFolder,
            info.runFolder, info.vms, info.running);
    announcer_.ready(info.running);
    isServing_ = true;
  }

  /// Whoever ends the daemon is heard from the first moment on.
  net::awaitable<void> awaitEnd() {
    auto [ec, number] = co_await signals_.async_wait(kToken);
    if (ec) co_return;
    logInfo("shutting down signal={}", number);
    isEnding_ = true;
    if (isServing_) co_await end();
    context_.stop();
  }

  void serveRemote() {
    const auto isOwnName = [tls = tls_.get()](const std::string& host) { return tls->isNamed(host); };
    tls_->serve([this, isOwnName](UniqueFd client, std::string address) {
      return server_.admitRemote(std::move(client), std::move(address), isOwnName);
    });
    logInfo("serving HTTPS port={} tokens={}", tls_->port(), service_.tokens().list().size());
    if (service_.tokens().list().empty()) logWarn("nobody has a token yet: microvmctl token create NAME makes one");
  }

  net::awaitable<void> end() {
    service_.holdStarts();
    auto asking = [this] { return Result<bool>(hostIsStopping(environment_)); };
    auto isStopping = co_await files_.run(std::move(asking));
    if (isStopping.value_or(false)) {
      co_await stopEveryVm(&service_, &announcer_);
    } else {
      announcer_.stopping("the VMs go on without the daemon");
    }
    co_await server_.stop(kDrain);
    if (tls_) co_await tls_->stop(kDrain);
  }

  net::io_context context_{1};
  net::signal_set signals_{context_, SIGTERM, SIGINT};  // before any thread
  Environment environment_;
  Announcer announcer_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Runner> runner_;
  std::unique_ptr<Shims> shims_;
  std::unique_ptr<Probes> probes_;
  ConsoleLogFiles logs_;
  BlockingPool files_{2};  // ends, with the jobs that it has begun, before what they use
  VmService service_;
  http::HttpServer server_;
  std::unique_ptr<TlsListener> tls_;  // only with --listen
  bool isServing_ = false;
  bool isEnding_ = false;
  Result<void> outcome_;
};

}  // namespace

Result<void> runDaemon(const Options& options, const Environment& environment) {
  keepHeapSmall();
  setLogLevel(options.logLevel);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  raiseDescriptorLimit();
  auto instance = Instance::claim(options);
  if (!instance) return std::move(instance).error();
  auto shimProgram = findProgram(options.shim);
  if (!shimProgram) return std::move(shimProgram).error();
  const auto elsewhere = std::filesystem::exists(options.stateFolder + "/vms") ? VmsElsewhere::Yes : VmsElsewhere::No;
  auto store = openSqliteStore(databaseIn(options.stateFolder), elsewhere);
  if (!store) return std::move(store).error();
  auto socket = ApiSocket::open(options.socket);
  if (!socket) return std::move(socket).error();
  Daemon daemon(options, environment, std::move(*store), *shimProgram);
  if (auto listening = daemon.listen(options.listen); !listening) return listening;
  return daemon.run(socket->takeListener());
}

}  // namespace microvm
