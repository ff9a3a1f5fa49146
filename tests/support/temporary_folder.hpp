// A folder of a test's own, short enough for sockets, gone with its object.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

namespace microvm {

class TemporaryFolder {
public:
  TemporaryFolder() {
    char name[] = "/tmp/microvm-test.XXXXXX";
    if (const char* made = ::mkdtemp(name)) path_ = made;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

private:
  std::string path_;
};

}  // namespace microvm
