// After confstr(3). Not run on a Mac, only compiled.
#include <climits>
#include <unistd.h>

#include <fmt/format.h>

#include "api/core/default_folders.hpp"
#include "api/core/run_folder.hpp"

namespace microvm {
namespace {

/// The system's own folder for each user, with a slash at its end: short, nobody else's, and never tidied up.
std::string usersFolder() {
  char path[PATH_MAX];
  const std::size_t length = ::confstr(_CS_DARWIN_USER_DIR, path, sizeof path);
  return length == 0 || length > sizeof path ? std::string() : std::string(path);
}

}  // namespace

Result<std::string> defaultStateFolder(const Environment& environment) {
  if (const auto home = environment("HOME")) return *home + "/Library/Application Support/microvm";
  return Error{Errc::Usage, "there is no folder for the state: HOME is not set", "give one with --state-dir", {}};
}

// Not below TMPDIR: its path is long, differs between a login and a background service, and its old files are removed,
// as those in /tmp are, which is the last resort.
std::string defaultRunFolder(const Environment& environment) {
  const auto home = environment("HOME");
  const auto folder = firstRunFolder({home ? *home + "/.microvm/run" : "", usersFolder() + "microvm"});
  return folder.value_or(fmt::format("/tmp/microvm-{}", ::getuid()));
}

}  // namespace microvm
