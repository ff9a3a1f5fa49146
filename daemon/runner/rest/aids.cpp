#include "daemon/runner/rest/aids.hpp"

#include <cerrno>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include "api/core/file.hpp"
#include "daemon/runner/rest/empty_initrd.hpp"

namespace microvm {

Result<void> placeAids(const std::string& runFolder, const EncodedCommand& command) {
  if (!command.emptyInitrd.empty()) {
    if (auto placed = placeEmptyInitrd(runFolder); !placed) return std::move(placed).error();
  }
  for (const std::string& path : command.binds) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode)) ::unlink(path.c_str());
  }
  const std::string folder = runFolder + "/links";
  std::error_code failed;
  std::filesystem::remove_all(folder, failed);
  if (failed) return systemError("cannot remove " + folder, failed.value());
  if (command.links.empty()) return {};
  if (auto made = makeFolders(folder); !made) return made;
  for (const Link& link : command.links) {
    if (::symlink(link.target.c_str(), link.path.c_str()) != 0) return systemError("cannot make " + link.path, errno);
  }
  return {};
}

}  // namespace microvm
