// The calls file: what a stand-in received, one JSON object per line, for tests to read. Blank lines are between
// them, and the rest of one that a SIGKILL has cut off.
#pragma once
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "api/core/unique_fd.hpp"

namespace microvm::scripted {

class Calls {
public:
  /// Opens the file, counts the earlier starts with this REST socket and appends this one's line.
  Calls(const std::string& path, const std::string& socket, const nlohmann::ordered_json& argv);

  /// The number of this start; the first is 1.
  [[nodiscard]] int start() const { return start_; }
  /// Of this run, and of no other that writes into this file.
  [[nodiscard]] const std::string& mark() const { return mark_; }
  /// Appends {"call": what, "start", "pid", "socket"} and these members, in one write.
  void append(const std::string& what, const nlohmann::ordered_json& members);

private:
  UniqueFd file_;
  std::string socket_;
  std::string mark_;
  int start_ = 1;
};

}  // namespace microvm::scripted
