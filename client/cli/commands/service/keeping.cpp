#include "client/cli/commands/service/keeping.hpp"

#include <chrono>
#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr Milliseconds kAnswerLimit{15'000};
constexpr int kPause = 50;

std::string yesOrNo(bool value) {
  return value ? "yes" : "no";
}

std::string installedText(const service::Status& status) {
  if (!status.installed) return "no";
  return fmt::format("{}{}", status.file, status.isForeign ? " (not written by microvmctl)" : "");
}

std::string daemonText(const service::Status& status, const std::optional<Json>& daemon) {
  if (daemon) {
    return fmt::format("{}, process {}, {} of {} VMs running", textAt(*daemon, "/version"), textAt(*daemon, "/pid"),
                       textAt(*daemon, "/running"), textAt(*daemon, "/vms"));
  }
  return status.pid ? fmt::format("process {} does not answer", *status.pid) : "does not run";
}

}  // namespace

std::optional<Json> daemonAt(const std::string& socket) {
  // A socket without a process behind it would start one, or let us wait for it.
  if (socket.empty() || ::access(socket.c_str(), F_OK) != 0) return std::nullopt;
  client::Client client(socket);
  auto server = client.getServer();
  if (!server) return std::nullopt;
  return std::move(*server);
}

Result<Json> awaitDaemon(const std::string& socket) {
  const auto deadline = Clock::now() + kAnswerLimit;
  for (;;) {
    client::Client client(socket);
    auto server = client.getServer();
    if (server) return server;
    if (Clock::now() >= deadline) {
      return Error{Errc::Timeout,
                   fmt::format("the service is started, but its daemon does not answer: {}", server.error().detail),
                   "microvmctl service logs",
                   {}};
    }
    ::poll(nullptr, 0, kPause);
  }
}

Result<void> checkStranger(const std::string& socket, const service::Status& status) {
  if (status.active) return {};
  const auto daemon = daemonAt(socket);
  if (!daemon) return {};
  const auto pid = textAt(*daemon, "/pid");
  return Error{Errc::InUse,
               fmt::format("a microvmd that no service manager keeps serves {} already, as process {}", socket, pid),
               fmt::format("kill {}, then this again; its VMs go on", pid),
               {}};
}

Json statusJson(const service::Status& status, const std::optional<Json>& daemon) {
  Json json{{"installed", status.installed},
            {"file", status.file},
            {"foreign", status.isForeign},
            {"manager", status.where},
            {"enabled", status.enabled},
            {"state", status.state},
            {"active", status.active},
            {"pid", nullptr},
            {"version", nullptr},
            {"program", status.program},
            {"socket", status.socket},
            {"problems", status.problems}};
  if (status.pid) json["pid"] = *status.pid;
  if (daemon) json["version"] = textAt(*daemon, "/version");
  return json;
}

std::string statusText(const service::Status& status, const std::optional<Json>& daemon) {
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) text += fmt::format("{:<9}  {}\n", name, printable(value));
  };
  add("installed", installedText(status));
  add("manager", status.where);
  add("enabled", yesOrNo(status.enabled));
  add("state", status.state);
  add("daemon", daemonText(status, daemon));
  add("program", status.program);
  add("socket", status.socket);
  for (const auto& problem : status.problems)
    add("problem", problem);
  return text;
}

}  // namespace microvm::cli
