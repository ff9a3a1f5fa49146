#include "api/core/file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/core/id.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm {
namespace {

enum class Flush { Yes, No };

Result<void> writeAll(int fd, std::string_view text, const std::string& path, Flush flush) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return systemError("cannot write " + path, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (flush == Flush::Yes && flushToDisk(fd) != 0) return systemError("cannot flush " + path, errno);
  return {};
}

Result<void> replace(const std::string& path, std::string_view text, Flush flush) {
  const std::string fresh = path + "." + randomHex(8);
  {
    const UniqueFd fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) return systemError("cannot create " + fresh, errno);
    auto written = writeAll(fd.get(), text, fresh, flush);
    if (!written) {
      ::unlink(fresh.c_str());
      return written;
    }
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) {
    auto error = systemError("cannot replace " + path, errno);
    ::unlink(fresh.c_str());
    return error;
  }
  return {};
}

}  // namespace

Result<std::string> readFile(const std::string& path, std::size_t cap) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return systemError("cannot open " + path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return systemError("cannot read " + path, errno);
  if (!S_ISREG(info.st_mode)) return Error{Errc::Invalid, path + " is not a regular file", {}, {}};
  std::string text;
  char buffer[65536];
  while (true) {
    const auto got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return systemError("cannot read " + path, errno);
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > cap) return Error{Errc::TooLarge, path + " is over " + std::to_string(cap) + " bytes", {}, {}};
  }
}

Result<void> writeFileAtomically(const std::string& path, std::string_view text) {
  auto replaced = replace(path, text, Flush::Yes);
  return replaced ? flushFolderOf(path) : replaced;
}

Result<void> replaceFile(const std::string& path, std::string_view text) {
  return replace(path, text, Flush::No);
}

Result<void> flushFolderOf(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || flushToDisk(fd.get()) != 0) return systemError("cannot flush the folder " + folder, errno);
  return {};
}

std::string timeInName(Timestamp time) {
  std::string text = formatTimestamp(time);
  const auto isMark = [](char c) { return c == '-' || c == ':' || c == '.'; };
  text.erase(std::remove_if(text.begin(), text.end(), isMark), text.end());
  return text;
}

Result<void> makeFolders(const std::string& path) {
  if (path.empty()) return Error{Errc::Invalid, "the path of a folder is empty", {}, {}};
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  for (std::size_t at = 1; at <= path.size(); ++at) {
    if (at != path.size() && path[at] != '/') continue;
    const std::string part = path.substr(0, at);
    if (::mkdir(part.c_str(), 0700) == 0 || errno == EEXIST) continue;
    return systemError("cannot make the folder " + part, errno);
  }
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return systemError("cannot open the folder " + path, errno);
  if (!S_ISDIR(info.st_mode)) return Error{Errc::Invalid, path + " is not a folder", {}, {}};
  return {};
}

}  // namespace microvm
