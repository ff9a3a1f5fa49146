// What the children say on their standard error.
#pragma once
#include <memory>
#include <string>

#include "api/core/result.hpp"
#include "daemon/async/task.hpp"
#include "daemon/process/descriptor.hpp"
#include "daemon/vfkit_qemu/report/report.hpp"

namespace microvm::vfkit_qemu {

/// A pipe whose lines go to the log as warnings. The last one explains why a child ended.
class Complaints {
public:
  static Result<Complaints> open();

  /// For the children; every child gets a copy.
  [[nodiscard]] int writeEnd() const { return pipe_.write.get(); }
  /// Once all children are started: our copy of their end goes, so that the pipe ends with them.
  void closeWriteEnd() { pipe_.write.reset(); }
  /// Reads until cancelled or until every child is gone.
  Task<void> readAll(const Log& log);
  /// Reads what is there now.
  void drain(const Log& log);
  [[nodiscard]] const std::string& last() const { return last_; }

private:
  explicit Complaints(Pipe pipe) : pipe_(std::move(pipe)) {}
  bool readSome(const Log& log);
  void take(const Log& log, std::string line);

  Pipe pipe_;
  std::string unread_;
  std::string last_;
};

}  // namespace microvm::vfkit_qemu
