#include "daemon/shim/gate/leftover.hpp"

#include <charconv>
#include <csignal>
#include <poll.h>

#include "api/core/file.hpp"
#include "daemon/process/exit_watcher.hpp"

namespace microvm::shim {
namespace {

constexpr std::size_t kNoteBytes = 1024;
constexpr std::string_view kRunner = "runner ";
constexpr std::string_view kHelper = "helper ";

std::string noteLine(std::string_view word, const ProcessIdentity& process) {
  return std::string(word) + std::to_string(process.pid) + " " + std::to_string(process.startTime) + "\n";
}

/// Takes a line off the text's front, if it is one of this kind.
std::optional<ProcessIdentity> takeLine(std::string_view word, std::string_view& text) {
  if (text.substr(0, word.size()) != word) return std::nullopt;
  ProcessIdentity found;
  const char* const end = text.data() + text.size();
  const auto pid = std::from_chars(text.data() + word.size(), end, found.pid);
  if (pid.ec != std::errc{} || pid.ptr == end || *pid.ptr != ' ' || found.pid <= 1) return std::nullopt;
  const auto start = std::from_chars(pid.ptr + 1, end, found.startTime);
  if (start.ec != std::errc{} || start.ptr == end || *start.ptr != '\n') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(start.ptr + 1 - text.data()));
  return found;
}

}  // namespace

std::string runnerNote(const ProcessIdentity& runner, const std::vector<ProcessIdentity>& helpers) {
  std::string note = noteLine(kRunner, runner);
  for (const auto& helper : helpers)
    note += noteLine(kHelper, helper);
  return note;
}

std::optional<ProcessIdentity> parseRunnerNote(std::string_view text) {
  return takeLine(kRunner, text);
}

std::vector<ProcessIdentity> parseHelperNotes(std::string_view text) {
  std::vector<ProcessIdentity> helpers;
  if (!takeLine(kRunner, text)) return helpers;
  while (const auto helper = takeLine(kHelper, text))
    helpers.push_back(*helper);
  return helpers;
}

std::vector<ProcessIdentity> notedHelpers(const std::string& lockPath) {
  const auto text = readFile(lockPath, kNoteBytes);
  return text ? parseHelperNotes(*text) : std::vector<ProcessIdentity>();
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
