#include "daemon/http/answering/projection.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/core/text.hpp"

namespace microvm::http {
namespace {

using Json = nlohmann::ordered_json;
using Steps = std::vector<std::string>;

constexpr std::size_t kMostPaths = 32;
constexpr std::size_t kMostSteps = 8;

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

Error refusal(const std::string& path, const std::string& hint) {
  return Error{Errc::Usage, fmt::format("no VM has the field {}", inQuotes(path)), hint, {}};
}

Result<void> checkPath(const std::string& path, const Steps& steps) {
  static const std::vector<std::string> kParts{"metadata", "spec", "status"};
  if (std::find(kParts.begin(), kParts.end(), steps.front()) == kParts.end()) {
    return refusal(path, "begin with metadata, spec or status");
  }
  if (steps.size() == 1) return {};
  if (steps.size() > kMostSteps) return refusal(path, "it is not as deep as that");
  const auto member = steps[0] + "." + steps[1];
  const auto& known = projectedMembers();
  if (std::find(known.begin(), known.end(), member) != known.end()) return {};
  const auto meant = nearestName(member, {known.begin(), known.end()});
  return refusal(path, meant ? "you may mean " + *meant : "see the schema Vm in /openapi.json");
}

void copyMember(const Json& from, const Steps& steps, std::size_t at, Json& to) {
  if (!from.is_object()) return;
  const auto found = from.find(steps[at]);
  if (found == from.end()) return;
  if (at + 1 == steps.size()) {
    to[steps[at]] = *found;
    return;
  }
  Json inner = to.contains(steps[at]) ? to[steps[at]] : Json::object();
  copyMember(*found, steps, at + 1, inner);
  if (!inner.empty()) to[steps[at]] = std::move(inner);
}

}  // namespace

const std::vector<std::string_view>& projectedMembers() {
  static const std::vector<std::string_view> kMembers{
      "metadata.id",        "metadata.name",         "metadata.labels",  "metadata.protect", "metadata.generation",
      "metadata.createdAt", "metadata.updatedAt",    "spec.runner",      "spec.cpus",        "spec.memory",
      "spec.boot",          "spec.volumes",          "spec.shares",      "spec.interfaces",  "spec.vsock",
      "spec.console",       "spec.graphics",         "spec.rosetta",     "spec.balloon",     "spec.nested",
      "spec.timesync",      "spec.cloudInit",        "spec.ignition",    "spec.logLevel",    "spec.extraArgs",
      "spec.autostart",     "spec.restart",          "spec.stop",        "spec.readiness",   "status.state",
      "status.desired",     "status.since",          "status.reason",    "status.runnerPid", "status.shimPid",
      "status.startedAt",   "status.console",        "status.lastExit",  "status.restarts",  "status.operation",
      "status.warnings",    "status.pendingRestart", "status.conditions"};
  return kMembers;
}

Result<Projection> Projection::parse(std::string_view text) {
  Projection projection;
  for (const auto& path : split(text, ',')) {
    auto steps = split(path, '.');
    if (auto known = checkPath(path, steps); !known) return std::move(known).error();
    projection.paths_.push_back(std::move(steps));
    if (projection.paths_.size() > kMostPaths) return Error{Errc::Usage, "there are more than 32 fields", {}, {}};
  }
  return projection;
}

Json Projection::of(const Json& vm) const {
  Json picked = Json::object();
  for (const auto& steps : paths_)
    copyMember(vm, steps, 0, picked);
  return picked;
}

}  // namespace microvm::http
