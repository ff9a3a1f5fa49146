// microvmd under a service manager that the test plays: it passes the socket, listens to what is told, and shuts down.
#include <algorithm>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/process/descriptor.hpp"
#include "daemon/process/exit_watcher.hpp"
#include "daemon/process/spawn.hpp"
#include "daemon/process/unix_socket.hpp"
#include "tests/support/api.hpp"
#include "tests/support/processes.hpp"
#include "tests/support/program.hpp"
#include "tests/support/stand_ins/kernel_head.hpp"
#include "tests/support/vm_answers.hpp"

using namespace microvm;
using namespace microvm::test;
namespace fs = std::filesystem;

namespace {

/// The socket that NOTIFY_SOCKET names, and every line that came.
class Notices {
public:
  explicit Notices(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  [[nodiscard]] std::size_t count(const std::string& line) {
    char buffer[1024];
    for (;;) {
      const auto got = ::recv(fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (got < 0) break;
      lines_.emplace_back(buffer, static_cast<std::size_t>(got));
    }
    return static_cast<std::size_t>(std::count_if(
        lines_.begin(), lines_.end(), [&](const auto& each) { return each.compare(0, line.size(), line) == 0; }));
  }
  void waitFor(const std::string& line, std::size_t times = 1) {
    waitUntil("the notice " + line, [&] { return count(line) >= times; });
  }

private:
  UniqueFd fd_;
  std::vector<std::string> lines_;
};

class ManagedDaemon {
public:
  explicit ManagedDaemon(const std::string& systemState = "running")
      : notices(folder_ / "notify"), listener_(must(listenUnix(folder_ / "api.sock"))) {
    fs::create_directories(folder_ / "runner");
    fs::create_symlink(builtProgram("scripted-vfkit"), folder_ / "runner/vfkit");
    folder_.write("kernel", kernelHead());
    folder_.write("initrd", "an initrd");
    const auto systemctl = folder_.write("bin/systemctl", "#!/bin/sh\necho " + systemState + "\n");
    fs::permissions(systemctl, fs::perms::owner_all);
  }
  ~ManagedDaemon() {
    child_.reset();
    killProcessesNaming(folder_.path());
  }
  ManagedDaemon(const ManagedDaemon&) = delete;
  ManagedDaemon& operator=(const ManagedDaemon&) = delete;

  /// A shell that becomes the daemon knows its number before it is one, as a service manager does.
  void start(const std::vector<std::string>& variables = {}, int passed = -1) {
    SpawnOptions options;
    options.program = "/bin/sh";
    options.arguments = {"sh", "-c", "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=api exec \"$0\" \"$@\"",
                         builtProgram("microvmd")};
    for (const std::string& word :
         {std::string("--state-dir"), folder_ / "state", std::string("--run-dir"), folder_ / "run",
          std::string("--vfkit"), folder_ / "runner/vfkit", std::string("--vfkit-qemu"), folder_ / "runner/vfkit"})
      options.arguments.push_back(word);
    options.environment = allowedEnvironment();
    std::erase_if(options.environment, [](const auto& each) { return each.rfind("PATH=", 0) == 0; });
    options.environment.push_back("PATH=" + (folder_ / "bin") + ":" + std::getenv("PATH"));
    options.environment.push_back("NOTIFY_SOCKET=" + (folder_ / "notify"));
    options.environment.insert(options.environment.end(), variables.begin(), variables.end());
    UniqueFd log(::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    options.descriptors = {{log.get(), 2}, {passed < 0 ? listener_.get() : passed, 3}};
    child_.emplace(must(spawn(options)));
  }
  ExitStatus end(int signal) {
    must(child_->signal(signal));
    return awaitEnd();
  }
  ExitStatus awaitEnd() {
    const auto watcher = must(ExitWatcher::forChild(child_->pid()));
    REQUIRE(waitReadable(watcher.fd(), kPatience));
    return must(child_->reap());
  }
  [[nodiscard]] Json runningVm() const {
    const Json body{{"metadata", {{"name", "web"}}},
                    {"spec",
                     {{"cpus", 1},
                      {"memory", "64MiB"},
                      {"boot", {{"linux", {{"kernel", folder_ / "kernel"}, {"initrd", folder_ / "initrd"}}}}}}}};
    REQUIRE(api().post("/v1/vms", body).status == 201);
    REQUIRE(api().post("/v1/vms/web/start").status < 300);
    return api().waitFor("web", "running");
  }
  [[nodiscard]] Api api() const { return Api(folder_ / "api.sock"); }
  [[nodiscard]] std::string log() const { return readText(folder_ / "log"); }
  [[nodiscard]] std::string calls() const { return readText(folder_ / "runner/vfkit.calls"); }

private:
  TempDir folder_;

public:
  Notices notices;

private:
  UniqueFd listener_;
  std::optional<Child> child_;
};

}  // namespace

TEST_CASE("who came before the daemon is served by the socket that it was passed") {
  ManagedDaemon daemon;
  const auto early = must(connectUnix(daemon.api().socket(), Milliseconds(100)));

  daemon.start();

  const std::string request = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  REQUIRE(::write(early.get(), request.data(), request.size()) == static_cast<ssize_t>(request.size()));
  REQUIRE(waitReadable(early.get(), kPatience));
  char answer[64] = {};
  REQUIRE(::read(early.get(), answer, sizeof answer - 1) > 0);
  CHECK(std::string(answer).rfind("HTTP/1.1 200", 0) == 0);
}

TEST_CASE("the passed socket stays when the daemon ends, and the next daemon has the same VM") {
  ManagedDaemon daemon;
  daemon.start();
  const auto before = daemon.runningVm();

  CHECK(daemon.end(SIGTERM).code == 0);
  CHECK(fs::is_socket(daemon.api().socket()));
  CHECK(runs(runnerOf(before)));
  daemon.start();

  CHECK(runnerOf(daemon.api().waitFor("web", "running")) == runnerOf(before));
  CHECK(daemon.notices.count("READY=1") == 2);
}

TEST_CASE("the service manager hears when the daemon is ready, how many VMs run, and that it ends") {
  ManagedDaemon daemon;
  daemon.start();
  daemon.notices.waitFor("READY=1");
  daemon.notices.waitFor("STATUS=no VM is running");

  (void)daemon.runningVm();
  daemon.notices.waitFor("STATUS=1 VM is running");
  CHECK(daemon.end(SIGTERM).code == 0);

  CHECK(daemon.notices.count("STOPPING=1") == 1);
  CHECK(daemon.notices.count("EXTEND_TIMEOUT_USEC=") == 0);
  CHECK(daemon.notices.count("WATCHDOG=1") == 0);
}

TEST_CASE("a watchdog is fed while the daemon lives") {
  ManagedDaemon daemon;

  daemon.start({"WATCHDOG_USEC=100000"});

  daemon.notices.waitFor("WATCHDOG=1", 3);
}

TEST_CASE("a host that shuts down has its guests stopped first, in their own time") {
  ManagedDaemon daemon("stopping");
  daemon.start();
  const auto vm = daemon.runningVm();

  const auto ended = daemon.end(SIGTERM);

  CHECK(ended.code == 0);
  CHECK_FALSE(runs(runnerOf(vm)));
  CHECK(daemon.calls().find("\\\"Stop\\\"") != std::string::npos);
  CHECK(daemon.notices.count("EXTEND_TIMEOUT_USEC=50000000") == 1);
  CHECK(daemon.notices.count("STATUS=the host shuts down") == 1);
  daemon.start();
  const auto events = daemon.api().get("/v1/events").text;
  CHECK(events.find("host-shutdown") != std::string::npos);
  CHECK(daemon.api().state("web") == "stopped");
}

TEST_CASE("a descriptor that is no listening socket is refused in words") {
  ManagedDaemon daemon;
  const auto pipe = must(makePipe());

  daemon.start({}, pipe.read.get());

  CHECK(daemon.awaitEnd().code == 2);
  CHECK(daemon.log().find("\"api\" of the service manager is no listening Unix stream socket") != std::string::npos);
}
