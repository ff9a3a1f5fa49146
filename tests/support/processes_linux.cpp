#include <algorithm>
#include <cctype>
#include <filesystem>
#include <sstream>
#include <unistd.h>

#include "tests/support/processes.hpp"
#include "tests/support/temp_dir.hpp"

namespace microvm::test {
namespace fs = std::filesystem;
namespace {

/// The fourth field of proc(5)'s stat, the second behind the name in parentheses. 0 when it has ended.
int parentOf(const fs::path& process) {
  const auto stat = readText(process / "stat");
  std::istringstream words(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
  std::string state;
  int parent = 0;
  words >> state >> parent;
  return parent;
}

}  // namespace

std::vector<FoundProcess> processesNaming(const std::string& folder) {
  std::vector<FoundProcess> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    if (!std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) continue;
    auto commandLine = readText(entry.path() / "cmdline");
    std::replace(commandLine.begin(), commandLine.end(), '\0', ' ');
    const int pid = std::stoi(name);
    if (pid == ::getpid() || commandLine.find(folder) == std::string::npos) continue;
    if (const auto identity = identify(pid)) found.push_back({*identity, commandLine, parentOf(entry.path())});
  }
  return found;
}

std::optional<std::size_t> openDescriptors(int pid) {
  std::error_code ec;
  const fs::directory_iterator descriptors("/proc/" + std::to_string(pid) + "/fd", ec);
  if (ec) return std::nullopt;
  return static_cast<std::size_t>(std::distance(begin(descriptors), end(descriptors)));
}

std::size_t residentBytes(int pid) {
  std::size_t pages = 0;
  std::size_t resident = 0;
  std::istringstream text(readText("/proc/" + std::to_string(pid) + "/statm"));
  text >> pages >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace microvm::test
