// What the stand-ins wrote down about their runs, for comparison with what is kept of their consoles.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace microvm::test {

struct StandInRun {
  std::string runId;  ///< the name of the VM's run folder
  int pid = 0;
  std::optional<int> shim;             ///< its shim's pid; nothing when that had ended already
  std::optional<std::uint64_t> lines;  ///< the numbered lines that it had written when it ended of its own accord
};

class StandInRuns {
public:
  explicit StandInRuns(std::string callsFile) : file_(std::move(callsFile)) {}

  /// Reads what has come since the last time.
  void update();
  /// By the mark that is in each of its lines.
  [[nodiscard]] const std::map<std::string, StandInRun>& all() const { return runs_; }

private:
  void take(const std::string& line);

  std::string file_;
  std::uint64_t read_ = 0;
  std::map<std::string, StandInRun> runs_;
};

}  // namespace microvm::test
