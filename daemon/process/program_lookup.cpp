#include "daemon/process/program_lookup.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/process/identity.hpp"

namespace microvm {
namespace {

Result<std::string> absolute(const std::string& path) {
  std::error_code error;
  auto full = std::filesystem::absolute(path, error).lexically_normal();
  if (error) return systemError("cannot make the path absolute: " + path, error.value());
  auto checked = checkExecutable(full.string());
  if (!checked) return std::move(checked).error();
  return full.string();
}

std::string beside(const std::string& own, const std::string& name) {
  return own.substr(0, own.rfind('/') + 1) + name;
}

}  // namespace

Result<void> checkExecutable(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return systemError("cannot use the program " + path, errno);
  if (!S_ISREG(info.st_mode))
    return Error{Errc::Permission, path + " is not a program but another kind of file", {}, {}};
  if (::access(path.c_str(), X_OK) != 0) {
    return Error{Errc::Permission, path + " may not be executed", "check its permissions (chmod +x)", {}};
  }
  return {};
}

Result<std::string> findProgram(const std::string& name) {
  if (name.empty()) return Error{Errc::NotFound, "the name of the program is empty", {}, {}};
  if (name.find('/') != std::string::npos) return absolute(name);
  const auto own = ownProgram();
  if (own && checkExecutable(beside(*own, name))) return beside(*own, name);
  const char* variable = std::getenv("PATH");
  if (auto found = findInPath(name, variable == nullptr ? "" : variable)) return found;
  const std::string where = own ? own->substr(0, own->rfind('/')) : std::string("this program's folder");
  return Error{Errc::NotFound, name + " is neither in " + where + " nor in a folder of PATH", {}, {}};
}

Result<std::string> findInPath(const std::string& name, std::string_view path) {
  while (!path.empty()) {
    const auto end = path.find(':');
    const std::string folder(path.substr(0, end));
    if (!folder.empty() && folder.front() == '/' && checkExecutable(folder + "/" + name)) return folder + "/" + name;
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return Error{Errc::NotFound, name + " is in no folder of PATH", {}, {}};
}

}  // namespace microvm
