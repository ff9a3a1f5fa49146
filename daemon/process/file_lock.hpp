// A lock that ends with its holder, whatever ends the holder: flock(2) on a file that is never removed.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "api/core/result.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm {

class FileLock {
public:
  /// Nothing when somebody else holds it. Makes the file (0600) when there is none.
  static Result<std::optional<FileLock>> tryLock(const std::string& path);
  /// Whether anybody holds it; a file that is not there is not held. Takes it shared for an instant: who wants it
  /// tries more than once.
  static Result<bool> isHeld(const std::string& path);

  /// Replaces the file's text, which anybody may read.
  Result<void> write(std::string_view text);
  void release() { fd_.reset(); }

private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace microvm
