// Follows a console until one of its lines matches.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "api/console/pattern.hpp"
#include "daemon/async/blocking_pool.hpp"
#include "daemon/runner/runner.hpp"

namespace microvm {

/// Begins where the present boot does, and goes on where it was when the connection to the shim is lost. All but the
/// pattern and the paths outlive it.
class ConsoleListener {
public:
  ConsoleListener(Shims& shims, BlockingPool& files, const ConsoleLogs& logs, VmPaths paths, Pattern pattern);

  /// Finds out where the boot begins. First of all.
  Task<void> begin();
  /// True when a line has matched, false when the run has ended; an Error when the shim cannot be heard. `onPast` is
  /// called once what had been said before begin() has been read in vain.
  Task<bool> follow(std::function<void()> onPast);
  /// The line that matched.
  [[nodiscard]] const std::string& line() const { return pattern_.line(); }

private:
  Task<bool> matches(std::string bytes);

  Shims& shims_;
  BlockingPool& files_;
  const ConsoleLogs& logs_;
  const VmPaths paths_;
  Pattern pattern_;
  std::uint64_t next_ = 0;  // the first byte that the pattern has not seen
  std::uint64_t past_ = 0;  // the end of the log at begin()
};

}  // namespace microvm
