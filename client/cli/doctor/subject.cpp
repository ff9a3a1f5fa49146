#include "client/cli/doctor/subject.hpp"

#include <nlohmann/json.hpp>

#include "api/core/default_folders.hpp"
#include "api/wire/json.hpp"

namespace microvm::doctor {
namespace {

using Json = nlohmann::ordered_json;

/// One probe that finds out about KVM waits for two seconds, and for another that does the same.
constexpr Milliseconds kProbeLimit{6000};

std::string text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string folderOf(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

void takeServer(Subject& subject, const Json& server) {
  Daemon daemon{text(server, "version"), 0};
  if (const auto pid = server.find("pid"); pid != server.end() && pid->is_number_integer())
    daemon.pid = pid->get<int>();
  subject.daemon = daemon;
  subject.stateFolder = text(server, "stateFolder");
  subject.runFolder = text(server, "runFolder");
  const auto runner = server.find("runner");
  if (runner == server.end() || !runner->is_object()) return;
  subject.runner = text(*runner, "program");
  subject.runnerProblem = text(*runner, "problem");
}

/// Without a daemon: where it would work if this user started it now.
void takeDefaults(const Host& host, Subject& subject) {
  const auto state = defaultStateFolder([&](const std::string& name) { return host.environment(name); });
  if (state) subject.stateFolder = *state;
  subject.runFolder = folderOf(subject.socket);
}

void findRunner(const Host& host, Subject& subject) {
  auto found = host.find(subject.runnerName);
  if (found) {
    subject.runner = *std::move(found);
  } else {
    subject.runnerProblem = found.error().detail;
  }
}

void askVersion(const Host& host, Subject& subject) {
  auto said = host.run({subject.runner, "--version"});
  if (said) {
    subject.runnerVersion = *std::move(said);
  } else {
    subject.versionProblem = said.error().detail;
  }
}

void askProbe(const Host& host, Subject& subject) {
  const auto said = host.run({subject.runner, "--probe"}, kProbeLimit);
  auto probe = said ? parseProbe(said->out) : Result<Probe>(said.error());
  if (probe) {
    subject.probe = *std::move(probe);
  } else {
    subject.probeProblem = probe.error().detail;
  }
}

}  // namespace

Subject survey(const Host& host, const std::string& clientVersion, const std::string& socket,
               const Result<Json>& server) {
  Subject subject;
  subject.clientVersion = clientVersion;
  subject.socket = socket;
  subject.runnerName = host.platform() == Platform::MacOs ? "vfkit" : "vfkit-qemu";
  if (server) {
    takeServer(subject, *server);
  } else {
    subject.daemonProblem = server.error().detail;
    takeDefaults(host, subject);
  }
  if (subject.runner.empty() && subject.runnerProblem.empty()) findRunner(host, subject);
  if (subject.runner.empty()) return subject;
  askVersion(host, subject);
  if (host.platform() == Platform::Linux) askProbe(host, subject);
  return subject;
}

Result<Probe> parseProbe(std::string_view said) {
  const auto report = parseJson(said);
  if (!report) return report.error();
  if (!report->is_object() || report->find("accelerator") == report->end())
    return Error{Errc::Malformed, "the report has no accelerator", {}, {}};
  return Probe{text(*report, "version"),     text(*report, "architecture"), text(*report, "qemu"),
               text(*report, "qemuVersion"), text(*report, "accelerator"),  text(*report, "why"),
               text(*report, "virtiofsd"),   text(*report, "firmware")};
}

}  // namespace microvm::doctor
