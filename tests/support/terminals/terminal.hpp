// A program that believes it talks to a terminal.
#pragma once
#include <string>
#include <vector>

#include "daemon/process/pty.hpp"
#include "daemon/process/spawn.hpp"
#include "tests/support/program.hpp"

namespace microvm::test {

class TerminalProgram {
public:
  /// Starts it with a pty as its standard input, output and error. The terminal begins as a person's does: cooked.
  /// `environment`: beside TERM and HOME.
  TerminalProgram(const std::string& path, std::vector<std::string> arguments,
                  std::vector<std::string> environment = {});

  void type(const std::string& text) const;
  /// Reads until the text has come; everything read so far. Throws when it does not come.
  std::string readUntil(const std::string& text);
  /// Whether the terminal is raw: no echo, no lines, no signals.
  [[nodiscard]] bool isRaw() const;
  /// A window of another size, and the signal that tells so.
  void resize(unsigned short columns, unsigned short rows) const;
  /// Its exit code, waited for.
  int finish();
  [[nodiscard]] int pid() const { return child_.pid(); }

private:
  PtyPair pty_;
  Child child_;
  std::string seen_;
};

}  // namespace microvm::test
