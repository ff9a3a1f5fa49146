#include "daemon/shim/leftover.hpp"

#include <charconv>
#include <csignal>
#include <poll.h>

#include "api/core/file.hpp"
#include "daemon/process/exit_watcher.hpp"

namespace microvm::shim {
namespace {

constexpr std::size_t kNoteBytes = 256;
constexpr std::string_view kWord = "runner ";

}  // namespace

std::string runnerNote(const ProcessIdentity& runner) {
  return std::string(kWord) + std::to_string(runner.pid) + " " + std::to_string(runner.startTime) + "\n";
}

std::optional<ProcessIdentity> parseRunnerNote(std::string_view text) {
  if (text.substr(0, kWord.size()) != kWord) return std::nullopt;
  ProcessIdentity found;
  const char* const end = text.data() + text.size();
  const auto pid = std::from_chars(text.data() + kWord.size(), end, found.pid);
  if (pid.ec != std::errc{} || pid.ptr == end || *pid.ptr != ' ' || found.pid <= 1) return std::nullopt;
  const auto start = std::from_chars(pid.ptr + 1, end, found.startTime);
  if (start.ec != std::errc{} || start.ptr == end || *start.ptr != '\n') return std::nullopt;
  return found;
}

std::optional<ProcessIdentity> notedRunner(const std::string& lockPath) {
  const auto text = readFile(lockPath, kNoteBytes);
  return text ? parseRunnerNote(*text) : std::nullopt;
}

bool endLeftover(const ProcessIdentity& runner, Milliseconds limit) {
  const auto watcher = ExitWatcher::forProcess(runner);
  if (!watcher) return false;
  (void)::kill(-runner.pid, SIGKILL);  // it leads a group of its own
  (void)signalProcess(runner, SIGKILL);
  pollfd end{watcher->fd(), POLLIN, 0};
  (void)::poll(&end, 1, static_cast<int>(limit.count()));
  return true;
}

}  // namespace microvm::shim
