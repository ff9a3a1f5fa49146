// The XDG base directories (freedesktop.org, Base Directory Specification 0.8).
#include <unistd.h>

#include <fmt/format.h>

#include "api/core/default_folders.hpp"

namespace microvm {

Result<std::string> defaultStateFolder(const Environment& environment) {
  if (const auto state = environment("XDG_STATE_HOME")) return *state + "/microvm";
  if (const auto home = environment("HOME")) return *home + "/.local/state/microvm";
  return Error{Errc::Usage,
               "there is no folder for the state: neither XDG_STATE_HOME nor HOME is set",
               "give one with --state-dir",
               {}};
}

std::string defaultRunFolder(const Environment& environment) {
  if (const auto runtime = environment("XDG_RUNTIME_DIR")) return *runtime + "/microvm";
  return fmt::format("/tmp/microvm-{}", ::getuid());
}

}  // namespace microvm
