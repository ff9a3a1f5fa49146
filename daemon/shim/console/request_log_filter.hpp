// Keeps the request log of an old vfkit out of its guest's output, with which it shares standard output.
#pragma once
#include <string>
#include <string_view>

namespace microvm::shim {

/// A line of the log, "[GIN] 2026/01/02 - 03:04:05 | ..." or "[GIN-debug] ...", may come in the middle of a line of the
/// guest. It goes up to its line break; all else passes unchanged.
class RequestLogFilter {
public:
  /// What is the guest's of these bytes and of those held back.
  std::string feed(std::string_view bytes);
  /// Bytes that may be the beginning of a log line are held back until more come.
  [[nodiscard]] bool isHolding() const { return !held_.empty(); }
  /// Nothing more came: they were the guest's.
  std::string release();

private:
  std::string held_;
};

}  // namespace microvm::shim
