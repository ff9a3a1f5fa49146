// Programs run by a test: to the end, or beside it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "daemon/process/spawn.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/waiting.hpp"

namespace microvm::test {

/// A program of the project, from the folder of built programs (MICROVM_BIN).
std::string builtProgram(const std::string& name);

struct ProgramResult {
  std::optional<int> code;
  std::optional<int> signal;
  std::string out;
  std::string err;
};

/// A program that runs beside the test, its output in files. Killed when it is destroyed.
class Program {
public:
  struct Options {
    std::vector<std::string> environment;  ///< beside PATH and HOME, which is the output folder
    std::string input;                     ///< what it reads on standard input
  };
  Program(const std::string& path, std::vector<std::string> arguments, Options options = {});

  [[nodiscard]] int pid() const { return child_.pid(); }
  void signal(int number) const;
  /// Its end and all its output; throws when it has not ended in time.
  ProgramResult finish(Milliseconds limit = kPatience);
  [[nodiscard]] std::string outSoFar() const { return readText(folder_ / "out"); }
  [[nodiscard]] std::string errSoFar() const { return readText(folder_ / "err"); }

private:
  TempDir folder_;
  Child child_;
};

ProgramResult runProgram(const std::string& path, std::vector<std::string> arguments, Program::Options options = {});

}  // namespace microvm::test
