#include "daemon/shim/gate/lock_note.hpp"

#include <charconv>

#include "api/core/file.hpp"
#include "daemon/process/boot_id.hpp"
#include "daemon/process/file_lock.hpp"
#include "daemon/shim/gate/leftover.hpp"

namespace microvm::shim {
namespace {

constexpr std::size_t kNoteBytes = 16 * 1024;

std::string processLine(const char* word, const ProcessIdentity& process) {
  return std::string(word) + " " + std::to_string(process.pid) + " " + std::to_string(process.startTime) + "\n";
}

std::optional<ProcessIdentity> parseProcess(std::string_view text) {
  ProcessIdentity found;
  const char* const end = text.data() + text.size();
  const auto pid = std::from_chars(text.data(), end, found.pid);
  if (pid.ec != std::errc{} || pid.ptr == end || *pid.ptr != ' ' || found.pid <= 1) return std::nullopt;
  const auto start = std::from_chars(pid.ptr + 1, end, found.startTime);
  if (start.ec != std::errc{} || start.ptr != end) return std::nullopt;
  return found;
}

void takeLine(LockNote& note, std::string_view line) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return;
  const auto word = line.substr(0, space);
  const auto value = line.substr(space + 1);
  if (word == "runner") note.runner = parseProcess(value);
  if (word == "ended") note.ended = parseProcess(value);
  if (word == "shim") note.shim = parseProcess(value);
  if (word == "run" && value.substr(0, 1) == "/") note.runFolder = value;
  if (word == "boot") note.boot = value;
  if (word != "helper") return;
  if (const auto helper = parseProcess(value)) note.helpers.push_back(*helper);
}

/// Processes of another boot are gone, and their pids may be anybody's.
void forgetOtherBoot(LockNote& note) {
  if (note.boot.empty() || note.boot == bootId().value_or("")) return;
  if (note.runner) note.ended = note.runner;
  note.runner.reset();
  note.shim.reset();
  note.helpers.clear();
}

void addLeft(Holding& holding, const std::optional<ProcessIdentity>& runner,
             const std::vector<ProcessIdentity>& helpers) {
  if (runner) holding.left.push_back(*runner);
  holding.left.insert(holding.left.end(), helpers.begin(), helpers.end());
}

}  // namespace

std::string toText(const LockNote& note) {
  std::string text;
  if (note.runner) text += processLine("runner", *note.runner);
  if (note.ended) text += processLine("ended", *note.ended);
  for (const auto& helper : note.helpers)
    text += processLine("helper", helper);
  if (note.shim) text += processLine("shim", *note.shim);
  if (!note.runFolder.empty()) text += "run " + note.runFolder + "\n";
  if (!note.boot.empty()) text += "boot " + note.boot + "\n";
  return text;
}

LockNote parseLockNote(std::string_view text) {
  LockNote note;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    takeLine(note, text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return note;
}

LockNote readLockNote(const std::string& path) {
  const auto text = readFile(path, kNoteBytes);
  return text ? parseLockNote(*text) : LockNote();
}

Result<Holding> findHolding(const LockFiles& files) {
  auto note = readLockNote(files.lasting);
  forgetOtherBoot(note);
  const auto runner = notedRunner(files.run);
  const auto helpers = notedHelpers(files.run);
  const auto run = FileLock::isHeld(files.run);
  if (!run) return run.error();
  const auto lasting = FileLock::isHeld(files.lasting);
  if (!lasting) return lasting.error();
  Holding holding;
  holding.isHeld = *run || *lasting || (note.shim && note.runner && isAlive(*note.shim));
  holding.runFolder = note.runFolder;
  holding.runner = note.runner ? note.runner : runner;
  holding.last = note.runner ? note.runner : note.ended ? note.ended : runner;
  addLeft(holding, runner, helpers);
  if (note.runner != runner) addLeft(holding, note.runner, note.helpers);
  return holding;
}

}  // namespace microvm::shim
