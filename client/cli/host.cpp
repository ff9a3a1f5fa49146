#include "client/cli/host.hpp"

#include <cstdlib>
#include <unistd.h>

#include <fmt/format.h>

#include "api/core/default_folders.hpp"

namespace microvm::cli {
namespace {

/// Of the service of the whole system, which answers root and the user whose VMs it has.
constexpr const char* kSystemSocket = "/run/microvm/api.sock";

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
  const auto own = defaultRunFolder([&](const std::string& name) { return environment(name.c_str()); }) + "/api.sock";
  const bool isSystemsOnly = ::access(own.c_str(), F_OK) != 0 && ::access(kSystemSocket, W_OK) == 0;
  return isSystemsOnly ? kSystemSocket : own;
}

}  // namespace microvm::cli
