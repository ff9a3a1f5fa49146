// What is kept of the consoles, against what the guests wrote.
#include <fmt/format.h>

#include "tests/support/console.hpp"
#include "tests/support/survival/console_lines.hpp"
#include "tests/support/survival/kill_loop.hpp"

namespace microvm::test {

/// The lines of every run follow each other; of a run that ended of its own accord all are there. What a killed runner
/// wrote last goes with its terminal.
void KillLoop::checkConsole(const std::string& name) {
  const auto vm = daemon_.api().vm(name);
  if (!vm.is_object() || !vm.contains("status")) return;
  runs_.update();  // before the log is read
  const auto found = readLines(consoleLog(daemon_.api(), name).bytes);
  for (const auto& problem : found.problems)
    note(name + ": " + problem);
  for (const auto& [mark, count] : found.runs)
    lines_ += count;
  compareLines(vm, found.runs);
}

void KillLoop::compareLines(const Json& vm, const std::map<std::string, std::uint64_t>& kept) {
  const auto record = Json::parse(readText(daemon_.stateFolderOf(vm.at("metadata").at("id")) + "/vm.json"));
  const int present = vm.at("status").value("runnerPid", 0);
  for (const auto& [mark, run] : runs_.all()) {
    const bool isOver = run.lines && run.pid != present;
    if (run.runId != record.at("runId") || !isOver || !run.shim || killedShims_.count(*run.shim) != 0) continue;
    const auto found = kept.find(mark);
    const auto count = found == kept.end() ? 0 : found->second;
    ++wholeRuns_;
    if (count != *run.lines) {
      note(fmt::format("{}: run {} wrote {} lines, and {} are kept", vm.at("metadata").at("name").get<std::string>(),
                       mark, *run.lines, count));
    }
  }
}

}  // namespace microvm::test
