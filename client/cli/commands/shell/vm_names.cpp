#include "client/cli/commands/shell/vm_names.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include <nlohmann/json.hpp>

#include "api/core/text.hpp"
#include "client/cli/output/output.hpp"
#include "client/cli/output/vm_fields.hpp"
#include "daemon/process/capture.hpp"
#include "daemon/process/file_lock.hpp"
#include "daemon/process/program_lookup.hpp"

extern char** environ;

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr CaptureLimits kLimits{.time = Milliseconds(200), .bytes = 32 * 1024 * 1024};

/// A daemon holds the lock beside its socket. Where it does not, connecting to a socket that a service manager holds
/// would start it, and with it the VMs that begin with it.
bool wouldStart(const std::string& socket, const Environment& environment) {
  const auto lock = std::filesystem::path(socket).parent_path() / "daemon.lock";
  std::error_code failed;
  if (std::filesystem::exists(lock, failed)) return !FileLock::isHeld(lock.string()).value_or(false);
  const auto managed = serviceSockets(environment);
  return std::find(managed.begin(), managed.end(), socket) != managed.end();
}

/// Another microvmctl asks: it can be ended whatever it waits for, a name, a handshake, or ssh.
SpawnOptions listing(std::string program, const std::optional<std::string>& host) {
  SpawnOptions options;
  options.program = std::move(program);
  options.arguments = {"microvmctl", "list", "--output", "jsonl"};
  if (host) options.arguments.push_back("--host=" + *host);
  for (char** entry = environ; *entry != nullptr; ++entry)
    options.environment.emplace_back(*entry);
  return options;
}

}  // namespace

std::vector<Candidate> vmNames(const std::optional<std::string>& host, const Environment& environment) {
  const auto daemon = daemonEndpoint(host, environment);
  if (!daemon || (daemon->name.starts_with('/') && wouldStart(daemon->name, environment))) return {};
  auto program = findProgram("microvmctl");
  if (!program) return {};
  const auto listed = capture(listing(std::move(*program), host), kLimits);
  if (!listed || listed->status.code != 0) return {};
  std::vector<Candidate> vms;
  for (std::string_view rest = listed->out; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto vm = Json::parse(rest.substr(0, end), nullptr, false);
    const auto name = textAt(vm, "/metadata/name");
    if (!name.empty() && !hasControlCharacters(name)) vms.push_back({name, printable(textAt(vm, "/status/state"))});
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return vms;
}

}  // namespace microvm::cli
