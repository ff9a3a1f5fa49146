// What must hold after the last kill.
#include <csignal>
#include <filesystem>

#include <fmt/format.h>

#include "daemon/process/exit_watcher.hpp"
#include "tests/support/processes.hpp"
#include "tests/support/survival/kill_loop.hpp"

namespace microvm::test {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds kSettleLimit{60'000};
constexpr std::size_t kFewDescriptors = 40;  // of a daemon without VMs and clients; it has about 15

bool isSettled(const Json& list) {
  for (const auto& vm : list.at("items")) {
    const auto state = vm.at("status").at("state").get<std::string>();
    if (state != "running" && state != "paused" && state != "stopped") return false;
    if (state != "stopped" && !vm.at("status").contains("runnerPid")) return false;
  }
  return true;
}

std::vector<std::string> filesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename());
  return names;
}

/// "folder: name name ...", everything below a path.
std::string treeOf(const std::string& path) {
  std::string text = path + ":";
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(path, ignored))
    text += " " + entry.path().lexically_relative(path).string();
  return text;
}

}  // namespace

void KillLoop::finish() {
  waitUntil(
      "every VM to be running, paused or stopped", [&] { return isSettled(list()); }, kSettleLimit);
  const auto settled = list();
  checkEnds(settled);
  for (const auto& problem : ledger_.compare(settled))
    note(problem);
  for (const auto& vm : settled.at("items"))
    checkConsole(vm.at("metadata").at("name"));
  checkNothingIsLeft();
}

/// What is listed runs, and nothing else does.
void KillLoop::checkEnds(const Json& list) {
  std::set<int> listed;
  for (const auto& vm : list.at("items")) {
    const auto& status = vm.at("status");
    for (const auto* member : {"runnerPid", "shimPid"}) {
      if (!status.contains(member)) continue;
      listed.insert(status.at(member).get<int>());
      if (!runs(status.at(member).get<int>())) note("a listed process does not run: " + vm.dump());
    }
  }
  // One that was killed may take a moment to go.
  for (const auto& process : heldProcesses(daemon_.folder().path(), daemon_.runFolder())) {
    if (listed.count(process.identity.pid) != 0) continue;
    const auto watcher = ExitWatcher::forProcess(process.identity);
    if (watcher && !waitReadable(watcher->fd(), kPatience))
      note(fmt::format("process {} of {} runs unlisted", process.identity.pid, process.runId));
  }
}

void KillLoop::checkNothingIsLeft() {
  const auto listed = list();
  for (const auto& vm : listed.at("items")) {
    const auto answer =
        daemon_.api().remove("/v1/vms/" + vm.at("metadata").at("name").get<std::string>() + "?force=true");
    if (answer.status != 204) note("cannot be deleted: " + answer.text);
  }
  for (const auto& process : heldProcesses(daemon_.folder().path(), daemon_.runFolder())) {
    const auto watcher = ExitWatcher::forProcess(process.identity);
    if (watcher && !waitReadable(watcher->fd(), kPatience))
      note(fmt::format("process {} of {} runs although its VM was deleted", process.identity.pid, process.runId));
  }
  readEvents();
  const auto descriptors = openDescriptors(daemon_.pid()).value_or(0);
  if (descriptors > kFewDescriptors) note(fmt::format("the daemon has {} descriptors open", descriptors));
  if (const auto ended = daemon_.terminate(); ended.code != 0) note("the daemon ended badly: " + ended.err);
  for (const auto& file : filesIn(daemon_.runFolder())) {
    if (file != "daemon.lock") note("left over in the run folder: " + treeOf(daemon_.runFolder() + "/" + file));
  }
  for (const auto& file : filesIn(daemon_.stateFolder() + "/vms"))
    note("left over in the state folder: " + treeOf(daemon_.stateFolder() + "/vms/" + file));
  for (const auto& process : processesNaming(daemon_.folder().path()))
    note("left over: " + process.commandLine);
  daemon_.start();
}

}  // namespace microvm::test
