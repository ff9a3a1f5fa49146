// A folder of a test's own, removed with everything in it.
#pragma once
#include <stdexcept>
#include <string>
#include <utility>

#include "api/core/result.hpp"

namespace microvm::test {

class TempDir {
public:
  /// /tmp/mv<6 random characters>: short, because sockets are made in it. MICROVM_TEST_FOLDERS is another place than
  /// /tmp.
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// A path in the folder.
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  /// Writes a file in the folder, with folders on the way; gives its path.
  std::string write(const std::string& name, const std::string& text) const;

private:
  std::string path_;
};

/// The whole file as it is now; empty when there is none.
std::string readText(const std::string& path);

/// The value of a Result; throws its detail, so that a test ends with the reason.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return std::move(*result);
}
inline void must(Result<void> result) {
  if (!result) throw std::runtime_error(result.error().detail);
}

}  // namespace microvm::test
