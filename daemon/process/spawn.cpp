#include "daemon/process/spawn.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/core/unique_fd.hpp"
#include "daemon/process/awake_clock.hpp"
#include "daemon/process/spawn_platform.hpp"

namespace microvm {
namespace {

/// posix_spawn's two argument objects, freed together. The first error is kept.
class Plan {
public:
  Plan() {
    error_ = ::posix_spawn_file_actions_init(&actions_);
    if (error_ == 0) error_ = ::posix_spawnattr_init(&attributes_);
  }
  ~Plan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  void descriptors(const SpawnOptions& options);
  void attributes(const SpawnOptions& options);
  int run(const SpawnOptions& options, pid_t& pid);

private:
  void note(int error) {
    if (error_ == 0) error_ = error;
  }
  void standardStreams(const SpawnOptions& options);

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
  std::vector<UniqueFd> copies_;
  int error_ = 0;
};

bool isTarget(const SpawnOptions& options, int fd) {
  return std::any_of(options.descriptors.begin(), options.descriptors.end(),
                     [fd](const InheritedFd& each) { return each.target == fd; });
}

void Plan::standardStreams(const SpawnOptions& options) {
  for (int fd = 0; fd <= 2; ++fd) {
    if (isTarget(options, fd)) continue;
    note(::posix_spawn_file_actions_addopen(&actions_, fd, "/dev/null", fd == 0 ? O_RDONLY : O_WRONLY, 0));
  }
}

void Plan::descriptors(const SpawnOptions& options) {
  int highest = 2;
  for (const auto& each : options.descriptors)
    highest = std::max(highest, each.target);
  // Copies above every target: no source is overwritten before its turn, and a dup2 to the same number, which would
  // keep close-on-exec, cannot happen.
  for (const auto& each : options.descriptors) {
    copies_.emplace_back(::fcntl(each.source, F_DUPFD_CLOEXEC, highest + 1));
    if (!copies_.back()) note(errno);
  }
  if (error_ != 0) return;
  for (std::size_t i = 0; i < copies_.size(); ++i) {
    note(::posix_spawn_file_actions_adddup2(&actions_, copies_[i].get(), options.descriptors[i].target));
  }
  standardStreams(options);
  std::vector<int> kept;
  for (int fd = 0; fd <= highest; ++fd) {
    if (fd <= 2 || isTarget(options, fd)) kept.push_back(fd);
  }
  note(platform::closeOthers(actions_, attributes_, kept));
  if (!options.folder.empty()) note(platform::changeFolder(actions_, options.folder.c_str()));
}

void Plan::attributes(const SpawnOptions& options) {
  sigset_t none;
  sigset_t all;  // the next two are macros on macOS: no :: before them
  sigemptyset(&none);
  sigfillset(&all);
  note(::posix_spawnattr_setsigmask(&attributes_, &none));
  note(::posix_spawnattr_setsigdefault(&attributes_, &all));
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  if (options.session == Session::New) flags = static_cast<short>(flags | platform::newSessionFlag());
  note(::posix_spawnattr_setflags(&attributes_, flags));
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (const auto& each : words)
    out.push_back(const_cast<char*>(each.c_str()));
  out.push_back(nullptr);
  return out;
}

int Plan::run(const SpawnOptions& options, pid_t& pid) {
  if (error_ != 0) return error_;
  const auto arguments = pointers(options.arguments);
  const auto environment = pointers(options.environment);
  return ::posix_spawn(&pid, options.program.c_str(), &actions_, &attributes_, arguments.data(), environment.data());
}

ExitStatus decode(int status) {
  if (WIFSIGNALED(status)) return ExitStatus{std::nullopt, WTERMSIG(status)};
  return ExitStatus{WEXITSTATUS(status), std::nullopt};
}

pid_t waitFor(pid_t pid, int& status, int flags) {
  pid_t got = 0;
  do {
    got = ::waitpid(pid, &status, flags);
  } while (got < 0 && errno == EINTR);
  return got;
}

}  // namespace

Child::Child(Child&& other) noexcept
    : identity_(std::exchange(other.identity_, ProcessIdentity{})), whenDropped_(other.whenDropped_) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    drop();
    identity_ = std::exchange(other.identity_, ProcessIdentity{});
    whenDropped_ = other.whenDropped_;
  }
  return *this;
}

Child::~Child() {
  drop();
}

void Child::drop() {
  if (identity_.pid == 0 || tryReap() || whenDropped_ == WhenDropped::Leave) return;
  ::kill(identity_.pid, SIGKILL);
  (void)reap();
}

Result<void> Child::signal(int number) const {
  if (identity_.pid == 0) return Error{Errc::NotFound, "the process has ended", {}, {}};
  if (::kill(identity_.pid, number) != 0) {
    return systemError("cannot signal process " + std::to_string(identity_.pid), errno);
  }
  return {};
}

Result<ExitStatus> Child::reap() {
  if (identity_.pid == 0) return Error{Errc::NotFound, "the process is reaped already", {}, {}};
  int status = 0;
  const pid_t got = waitFor(identity_.pid, status, 0);
  const int error = errno;
  const int pid = std::exchange(identity_.pid, 0);
  if (got != pid) return systemError("cannot wait for process " + std::to_string(pid), error);
  return decode(status);
}

std::optional<ExitStatus> Child::tryReap() {
  if (identity_.pid == 0) return std::nullopt;
  int status = 0;
  if (waitFor(identity_.pid, status, WNOHANG) != identity_.pid) return std::nullopt;
  identity_.pid = 0;
  return decode(status);
}

Result<ExitStatus> Child::endGroup(Milliseconds limit) {
  const int group = identity_.pid;
  if (group == 0) return reap();
  // Not reaped yet, so the number can be nobody else's; and waitpid knows none but our own.
  ::kill(-group, SIGKILL);
  auto status = reap();
  const auto deadline = AwakeClock::now() + limit;
  int ignored = 0;
  while (waitFor(-group, ignored, WNOHANG) >= 0 && AwakeClock::now() < deadline) {
    ::poll(nullptr, 0, 1);
  }
  return status;
}

Result<Child> spawn(const SpawnOptions& options) {
  if (options.program.empty() || options.program.front() != '/') {
    return Error{Errc::Invalid, "the program's path is not absolute: '" + options.program + "'", {}, {}};
  }
  Plan plan;
  plan.attributes(options);
  plan.descriptors(options);
  pid_t pid = 0;
  if (const int error = plan.run(options, pid); error != 0) {
    return systemError("cannot start " + options.program, error);
  }
  // It is ours until reaped, so the pid is safe even if it has ended already and has no start time any more.
  return Child(identify(pid).value_or(ProcessIdentity{pid, 0}), options.whenDropped);
}

std::vector<std::string> allowedEnvironment() {
  constexpr const char* kAllowed[] = {"PATH",   "HOME",        "USER",     "LOGNAME",         "LANG",
                                      "LC_ALL", "TMPDIR",      "LC_CTYPE", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
                                      "TZ",     "ASAN_OPTIONS"};
  std::vector<std::string> out;
  for (const char* name : kAllowed) {
    if (const char* value = std::getenv(name)) out.push_back(std::string(name) + "=" + value);
  }
  return out;
}

}  // namespace microvm
