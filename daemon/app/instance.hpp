// This daemon's hold on its folders: one daemon a state folder, one a run folder.
#pragma once
#include <string>

#include "api/core/result.hpp"
#include "api/core/time.hpp"
#include "daemon/app/options.hpp"
#include "daemon/process/file_lock.hpp"

namespace microvm {

/// Both folders, made and locked. Given up when it goes, also by SIGKILL.
class Instance {
public:
  /// Errc::InUse, naming the folder, when another daemon works in it, and still does after `patience`.
  static Result<Instance> claim(const Options& options, Milliseconds patience = Milliseconds(1'000));

private:
  Instance(FileLock state, FileLock run) : state_(std::move(state)), run_(std::move(run)) {}
  FileLock state_;
  FileLock run_;
};

}  // namespace microvm
