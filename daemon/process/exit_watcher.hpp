// A descriptor that becomes readable when a process ends. Works for processes that are not our children too.
#pragma once
#include "api/core/result.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/process/identity.hpp"

namespace microvm {

class ExitWatcher {
public:
  /// For an own child, which keeps its pid until it is reaped. Errc::NotFound when there is no such process.
  static Result<ExitWatcher> forChild(int pid);
  /// For any process, compared by its start time. Errc::NotFound when it has ended.
  static Result<ExitWatcher> forProcess(const ProcessIdentity& process);

  /// To be polled for reading; readable for ever once the process has ended. Never read from it.
  [[nodiscard]] int fd() const { return fd_.get(); }

private:
  explicit ExitWatcher(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace microvm
