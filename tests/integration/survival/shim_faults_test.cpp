// Every call into the system that the shim makes fails, one after the other. Whatever fails: it ends, its runner with
// it, the lock is free, nothing that was written is half written, and the next shim works on the same folders.
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <poll.h>
#include <string>
#include <sys/socket.h>

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "daemon/process/descriptor.hpp"
#include "daemon/process/exit_watcher.hpp"
#include "daemon/process/file_lock.hpp"
#include "daemon/process/spawn.hpp"
#include "daemon/process/unix_socket.hpp"
#include "tests/support/processes.hpp"
#include "tests/support/program.hpp"

using namespace microvm;
using namespace microvm::test;
namespace fs = std::filesystem;

namespace {

struct Row {
  const char* call;
  int error;
  int most;  ///< so many of them are tried; fewer when the shim makes fewer
};

const Row kRows[] = {
    {"open", EMFILE, 30},      {"open", ENOSPC, 30},  {"read", EIO, 12},          {"write", ENOSPC, 12},
    {"pread", EIO, 4},         {"pwrite", ENOSPC, 4}, {"ftruncate", EIO, 4},      {"flock", ENOLCK, 4},
    {"fcntl", EMFILE, 24},     {"fstat", EIO, 8},     {"stat", EACCES, 12},       {"mkdir", ENOSPC, 12},
    {"opendir", EMFILE, 4},    {"rename", ENOSPC, 4}, {"unlink", EACCES, 12},     {"pipe", EMFILE, 4},
    {"poll", ENOMEM, 12},      {"poll", EINTR, 12},   {"socket", EMFILE, 4},      {"bind", EADDRINUSE, 4},
    {"listen", EADDRINUSE, 4}, {"accept", EMFILE, 4}, {"posix_spawn", EAGAIN, 4}, {"posix_spawn", ENOENT, 4},
    {"waitpid", ECHILD, 4},    {"waitpid", EINTR, 4}, {"kill", EPERM, 4},         {"sigaction", EINVAL, 10},
    {"tcgetattr", EIO, 4},     {"tcsetattr", EIO, 4}, {"syscall", EMFILE, 4},     {"syscall", ENOSYS, 4},
    {"setsid", EPERM, 2},      {"chdir", EACCES, 2},  {"prctl", EINVAL, 2},
};

/// A shim on folders of its own, with a stand-in that says something and ends by itself.
class Shim {
public:
  Shim() {
    fs::create_directories(folder_ / "run");
    fs::create_directories(folder_ / "runner");
    fs::create_symlink(builtProgram("scripted-vfkit"), folder_ / "runner/vfkit");
    folder_.write("kernel", "a kernel");
    folder_.write(
        "runner/vfkit.json",
        R"({"runningAfter":1,"console":{"boot":"hello\n"},"end":{"after":40,"code":0,"stderr":"the end\n"}})");
  }

  /// Starts it, with this call failing when there is one. The first line that it says; empty when it says nothing.
  std::string start(const Row* row = nullptr, int at = 0) {
    auto ready = must(makePipe());
    SpawnOptions options;
    options.program = builtProgram("microvm-shim");
    options.arguments = {"microvm-shim",
                         "--vm",
                         "test",
                         "--run-folder",
                         folder_ / "run",
                         "--state-folder",
                         folder_ / "state",
                         "--ready-fd",
                         "3",
                         "--",
                         folder_ / "runner/vfkit",
                         "--kernel",
                         folder_ / "kernel",
                         "--initrd",
                         folder_ / "kernel",
                         "--device",
                         "virtio-serial,pty",
                         "--restful-uri",
                         "unix://" + (folder_ / "run/vfkit.sock")};
    options.environment = allowedEnvironment();
    if (row != nullptr) {
      options.environment.push_back("LD_PRELOAD=" + builtProgram("failing-calls.so"));
      options.environment.push_back(fmt::format("FAIL_CALL={}", row->call));
      options.environment.push_back(fmt::format("FAIL_AT={}", at));
      options.environment.push_back(fmt::format("FAIL_ERRNO={}", row->error));
      options.environment.push_back("FAIL_MARK=" + mark());
    }
    options.descriptors = {{ready.write.get(), 3}};
    options.session = Session::New;
    child_.emplace(must(spawn(options)));
    ready.write.reset();
    return readLine(ready.read.get());
  }

  /// A client that waits for the end and reads the console, as the daemon does.
  void attend() const {
    const auto client = connectUnix(folder_ / "run/shim.sock", Milliseconds(500));
    if (!client) return;
    std::string frames("\x04\0\0\0\x01\x01\0\x01\0", 9);            // hello
    frames += std::string("\x09\0\0\0\x04\0\0\0\0\0\0\0\0\0", 14);  // attach, read only, from 0
    frames += std::string("\0\0\0\0\x03", 5);                       // wait
    (void)!::send(client->get(), frames.data(), frames.size(), MSG_NOSIGNAL);
    char buffer[4096];
    while (test::waitReadable(client->get(), kPatience) && ::recv(client->get(), buffer, sizeof buffer, 0) > 0) {
    }
  }

  /// How it ended; nothing when it does not end.
  std::optional<ExitStatus> end() {
    const auto watcher = ExitWatcher::forChild(child_->pid());
    if (watcher && !test::waitReadable(watcher->fd(), kPatience)) return std::nullopt;
    return must(child_->reap());
  }

  [[nodiscard]] bool hasFailed() const { return fs::exists(mark()); }
  [[nodiscard]] std::string mark() const { return folder_ / "mark"; }
  [[nodiscard]] bool isHeld() const { return must(FileLock::isHeld(folder_ / "run/lock")); }
  [[nodiscard]] std::string exitText() const { return readText(folder_ / "run/exit.json"); }
  [[nodiscard]] std::string console() const { return readText(folder_ / "state/console/00000000000000000000.log"); }
  [[nodiscard]] std::vector<FoundProcess> processes() const { return processesNaming(folder_.path()); }

private:
  static std::string readLine(int fd) {
    std::string line;
    char c = 0;
    while (test::waitReadable(fd, kPatience) && ::read(fd, &c, 1) == 1 && c != '\n')
      line.push_back(c);
    return line;
  }

  TempDir folder_;
  std::optional<Child> child_;
};

bool isWholeExit(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  return json.is_object() && json.contains("reason");
}

/// What must hold when a shim has ended, whatever failed.
void checkEnd(Shim& shim, const std::string& said) {
  const auto ended = shim.end();
  REQUIRE_MESSAGE(ended, "the shim does not end");
  CHECK_MESSAGE(!ended->signal, "it was ended by a signal");
  if (said.starts_with("error ")) CHECK(ended->code != 0);
  CHECK_FALSE(shim.isHeld());
  waitUntil("the runner to be gone", [&] { return shim.processes().empty(); });
  if (!shim.exitText().empty()) CHECK(isWholeExit(shim.exitText()));
}

}  // namespace

TEST_CASE("without a fault the shim holds its runner to the end") {
  Shim shim;

  const auto said = shim.start();
  shim.attend();

  CHECK(said.starts_with("ok "));
  checkEnd(shim, said);
  CHECK(shim.console().find("hello") == 0);
  CHECK(isWholeExit(shim.exitText()));
}

TEST_CASE("whatever call into the system fails, the shim ends cleanly and the next one works") {
  for (const auto& row : kRows) {
    int at = 1;
    for (; at <= row.most; ++at) {
      CAPTURE(row.call);
      CAPTURE(row.error);
      CAPTURE(at);
      Shim shim;
      const auto said = shim.start(&row, at);
      CAPTURE(said);
      shim.attend();
      checkEnd(shim, said);
      const bool hasFailed = shim.hasFailed();

      const auto next = shim.start();
      shim.attend();
      CHECK_MESSAGE(next.starts_with("ok "), next);
      checkEnd(shim, next);
      CHECK(isWholeExit(shim.exitText()));
      CHECK(shim.console().find("hello") != std::string::npos);
      if (!hasFailed) break;
    }
    CHECK_MESSAGE(at > 1, row.call, " is never called: the table is out of date");
  }
}
