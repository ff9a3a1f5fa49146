#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdlib.h>

namespace microvm::test {
namespace fs = std::filesystem;

TempDir::TempDir() {
  const char* place = ::getenv("MICROVM_TEST_FOLDERS");
  path_ = std::string(place == nullptr ? "/tmp" : place) + "/mvXXXXXX";
  if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make a folder like " + path_);
}

TempDir::~TempDir() {
  std::error_code ignored;
  fs::permissions(path_, fs::perms::owner_all, ignored);
  for (auto entry = fs::recursive_directory_iterator(path_, ignored); entry != fs::recursive_directory_iterator();
       entry.increment(ignored)) {
    if (entry->is_directory(ignored) && !entry->is_symlink(ignored))
      fs::permissions(entry->path(), fs::perms::owner_all, ignored);
  }
  fs::remove_all(path_, ignored);
}

std::string TempDir::write(const std::string& name, const std::string& text) const {
  const auto path = *this / name;
  fs::create_directories(fs::path(path).parent_path());
  const auto fresh = path + ".new";
  std::ofstream(fresh, std::ios::binary) << text;
  fs::rename(fresh, path);
  return path;
}

std::string readText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace microvm::test
