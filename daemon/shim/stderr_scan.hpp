// What the runner's standard error tells: the name of its terminal, and why it ended.
#pragma once
#include <string>
#include <string_view>

namespace microvm::shim {

class StderrScan {
public:
  void append(std::string_view bytes);

  /// The path after the first "pty path: "; empty until it was seen.
  [[nodiscard]] const std::string& terminal() const { return terminal_; }
  /// The last error in one line, without a log's decoration; empty when nothing was said.
  [[nodiscard]] std::string lastError() const;

private:
  void line(std::string_view text);

  std::string partial_;
  std::string last_;   // the last line that is not blank
  std::string error_;  // the last line that began with "Error: "
  std::string terminal_;
};

}  // namespace microvm::shim
