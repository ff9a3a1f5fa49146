#include <algorithm>
#include <cctype>
#include <filesystem>
#include <unistd.h>

#include "tests/support/processes.hpp"
#include "tests/support/temp_dir.hpp"

namespace microvm::test {
namespace fs = std::filesystem;

std::vector<FoundProcess> processesNaming(const std::string& folder) {
  std::vector<FoundProcess> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    if (!std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) continue;
    auto commandLine = readText(entry.path() / "cmdline");
    std::replace(commandLine.begin(), commandLine.end(), '\0', ' ');
    const int pid = std::stoi(name);
    if (pid == ::getpid() || commandLine.find(folder) == std::string::npos) continue;
    if (const auto identity = identify(pid)) found.push_back({*identity, commandLine});
  }
  return found;
}

}  // namespace microvm::test
