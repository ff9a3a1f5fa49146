// The numbered lines that guests write, "line <mark> <number> .", looked for in a console's log.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace microvm::test {

/// Of each run that wrote lines, how many there are, from 0 on without a hole.
struct ConsoleLines {
  std::map<std::string, std::uint64_t> runs;
  std::vector<std::string> problems;  ///< holes and repetitions, a sentence each
};

/// A line that was cut off at a run's end does not count.
ConsoleLines readLines(std::string_view log);

}  // namespace microvm::test
