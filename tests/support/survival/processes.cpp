#include "tests/support/survival/processes.hpp"

#include "tests/support/processes.hpp"

namespace microvm::test {
namespace {

constexpr std::size_t kRunIdDigits = 8;

}  // namespace

std::vector<HeldProcess> heldProcesses(const std::string& folder, const std::string& runFolder) {
  std::vector<HeldProcess> held;
  const std::string place = runFolder + "/";
  for (const auto& process : processesNaming(folder)) {
    const auto& line = process.commandLine;
    const auto at = line.find(place);
    const auto runId = at == std::string::npos ? "" : line.substr(at + place.size(), kRunIdDigits);
    if (runId.find_first_not_of("0123456789abcdef") != std::string::npos || runId.size() != kRunIdDigits) continue;
    const auto program = line.substr(0, line.find(' '));
    const auto name = program.substr(program.rfind('/') + 1);
    // A runner is its shim's program until its gate opens.
    const bool isAtGate = line.find(" --gate ") != std::string::npos;
    if (name == "microvm-shim" && !isAtGate) held.push_back({Part::Shim, runId, process.identity, process.parent});
    if (name == "vfkit" || name == "vfkit-qemu" || isAtGate) {
      held.push_back({Part::Runner, runId, process.identity, process.parent});
    }
  }
  return held;
}

std::vector<std::string> twice(const std::vector<HeldProcess>& processes) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    for (std::size_t j = i + 1; j < processes.size(); ++j) {
      const auto& a = processes[i];
      const auto& b = processes[j];
      const bool isFork = a.parent == b.identity.pid || b.parent == a.identity.pid;
      if (a.runId != b.runId || a.part != b.part || isFork) continue;
      // They were found one after the other; only two that are both still there ran together.
      if (isAlive(a.identity) && isAlive(b.identity)) found.push_back(a.runId);
    }
  }
  return found;
}

}  // namespace microvm::test
