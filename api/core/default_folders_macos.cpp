// Compiled for macOS, not yet run on one.
#include <string_view>
#include <unistd.h>

#include <fmt/format.h>

#include "api/core/default_folders.hpp"

namespace microvm {
namespace {

constexpr std::size_t kLongest = 60;  // a VM's sockets below it must fit a socket address

bool isPlain(std::string_view path) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-";
  return path.find_first_not_of(kPlain) == std::string_view::npos;
}

}  // namespace

Result<std::string> defaultStateFolder(const Environment& environment) {
  if (const auto home = environment("HOME")) return *home + "/Library/Application Support/microvm";
  return Error{Errc::Usage, "there is no folder for the state: HOME is not set", "give one with --state-dir", {}};
}

// Not below TMPDIR: its path is long, differs between a login and a background service, and its old files are removed.
std::string defaultRunFolder(const Environment& environment) {
  if (const auto home = environment("HOME")) {
    auto folder = *home + "/.microvm/run";
    if (folder.size() <= kLongest && isPlain(folder)) return folder;
  }
  return fmt::format("/tmp/microvm-{}", ::getuid());
}

}  // namespace microvm
