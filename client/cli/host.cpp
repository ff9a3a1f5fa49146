#include "client/cli/host.hpp"

#include <cstdlib>
#include <unistd.h>

#include <fmt/format.h>

namespace microvm::cli {
namespace {

Result<std::string> pathOf(const std::string& host, std::string_view source) {
  const std::string path = host.starts_with("unix://") ? host.substr(7) : host;
  if (path.starts_with('/')) return path;
  return Error{Errc::Usage,
               fmt::format("{}: \"{}\" is not an absolute socket path", source, host),
               "write it as unix:///run/user/1000/microvm/api.sock",
               {}};
}

}  // namespace

std::optional<std::string> processEnvironment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

Result<std::string> socketPath(const std::optional<std::string>& hostOption, const Environment& environment) {
  if (hostOption) return pathOf(*hostOption, "--host");
  if (const auto host = environment("MICROVM_HOST")) return pathOf(*host, "MICROVM_HOST");
  if (const auto folder = environment("XDG_RUNTIME_DIR")) return *folder + "/microvm/api.sock";
  return fmt::format("/tmp/microvm-{}/api.sock", ::getuid());
}

}  // namespace microvm::cli
