#include "client/cli/host.hpp"

#include <cstdlib>
#include <unistd.h>

#include <fmt/format.h>

#include "api/core/default_folders.hpp"
#include "api/core/file.hpp"

namespace microvm::cli {
namespace {

/// Of the service of the whole system, which answers root and the user whose VMs it has.
constexpr const char* kSystemSocket = "/run/microvm/api.sock";

constexpr std::size_t kTokenBytes = 4096;

/// Not on the command line, where others of the machine would see it.
Result<std::string> tokenOf(const Environment& environment) {
  if (const auto token = environment("MICROVM_TOKEN")) return *token;
  const auto file = environment("MICROVM_TOKEN_FILE");
  if (!file) return std::string();
  auto text = readFile(*file, kTokenBytes);
  if (!text) return std::move(text).error();
  return text->substr(0, text->find_first_of("\r\n"));
}

Result<client::Endpoint> endpointOf(const std::string& host, std::string_view source, const Environment& environment) {
  auto token = tokenOf(environment);
  if (!token) return std::move(token).error();
  client::RemoteSettings settings;
  settings.sshProgram = environment("MICROVM_SSH").value_or("ssh");
  settings.token = std::move(*token);
  settings.certificateAuthority = environment("MICROVM_CA_FILE");
  auto endpoint = client::parseEndpoint(host, settings);
  if (!endpoint && endpoint.error().code == Errc::Usage) {
    endpoint.error().detail = fmt::format("{}: {}", source, endpoint.error().detail);
  }
  return endpoint;
}

std::string ownSocket(const Environment& environment) {
  return defaultRunFolder([&](const std::string& name) { return environment(name.c_str()); }) + "/api.sock";
}

}  // namespace

std::optional<std::string> processEnvironment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

Result<client::Endpoint> daemonEndpoint(const std::optional<std::string>& hostOption, const Environment& environment) {
  if (hostOption) return endpointOf(*hostOption, "--host", environment);
  if (const auto host = environment("MICROVM_HOST")) return endpointOf(*host, "MICROVM_HOST", environment);
  const auto own = ownSocket(environment);
  const bool isSystemsOnly = ::access(own.c_str(), F_OK) != 0 && ::access(kSystemSocket, W_OK) == 0;
  return client::unixEndpoint(isSystemsOnly ? kSystemSocket : own);
}

std::vector<std::string> serviceSockets(const Environment& environment) {
  return {ownSocket(environment), kSystemSocket};
}

}  // namespace microvm::cli
