// After clonefile(2) and copyfile(3). Not run on a Mac, only compiled.
#include <cerrno>
#include <copyfile.h>
#include <fcntl.h>
#include <sys/clonefile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/core/file.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/files/image_copy.hpp"

namespace microvm {
namespace {

Result<void> copyBytes(const std::string& from, const std::string& to) {
  const UniqueFd source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!source) return systemError("cannot read " + from, errno);
  const UniqueFd target(::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!target) return systemError("cannot create " + to, errno);
  const bool copied = ::fcopyfile(source.get(), target.get(), nullptr, COPYFILE_DATA | COPYFILE_DATA_SPARSE) == 0;
  if (copied && flushToDisk(target.get()) == 0) return {};
  auto error = systemError("cannot copy " + from + " to " + to, errno);
  ::unlink(to.c_str());
  return error;
}

}  // namespace

Result<void> copyImage(const std::string& from, const std::string& to) {
  if (::clonefile(from.c_str(), to.c_str(), 0) == 0) {
    if (::chmod(to.c_str(), 0600) == 0) return {};
    auto error = systemError("cannot set the mode of " + to, errno);
    ::unlink(to.c_str());
    return error;
  }
  if (errno != ENOTSUP && errno != EXDEV) return systemError("cannot copy " + from + " to " + to, errno);
  return copyBytes(from, to);
}

}  // namespace microvm
