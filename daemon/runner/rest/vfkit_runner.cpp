#include "daemon/runner/rest/vfkit_runner.hpp"

#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "daemon/process/program_lookup.hpp"
#include "daemon/runner/rest/aids.hpp"
#include "daemon/runner/rest/rest_client.hpp"
#include "daemon/runner/rest/runner_probe.hpp"
#include "daemon/runner/rest/state_json.hpp"
#include "daemon/runner/vfkit/encoder/encoder.hpp"
#include "daemon/runner/vfkit/encoder/stand_in.hpp"

namespace microvm {
namespace {

constexpr Milliseconds kChangeLimit{5000};
constexpr int kOk = 200;
constexpr int kFirstError = 300;
constexpr int kAccepted = 202;

http::Request request(std::string method, std::string body, std::string path = "/vm/state") {
  http::Request out;
  out.method = std::move(method);
  out.target = std::move(path);
  out.headers.set("Host", "vfkit");
  if (!body.empty()) out.headers.set("Content-Type", "application/json");
  out.headers.set("Connection", "close");
  out.keepAlive = false;
  out.body = std::move(body);
  return out;
}

/// For HardStop: a runner that takes it exits before it answers, and the exit is what counts.
bool isAnswerLost(const Exchange& done) {
  if (done.reached != ExchangeEnd::Sent || done.response) return false;
  const auto code = done.response.error().code;
  return code == Errc::Unreachable || code == Errc::Timeout || code == Errc::Protocol;
}

Error refused(const http::Response& response) {
  return Error{Errc::RunnerFailed,
               "the runner answered with status " + std::to_string(response.status) + ": " + errorText(response.body),
               {},
               {}};
}

class VfkitRunner final : public Runner {
public:
  explicit VfkitRunner(RunnerPrograms programs) : programs_(std::move(programs)) {}

  CapabilityRecord capabilities(RunnerKind runner) const override;
  std::vector<FieldError> refusals(const Definition& definition) const override;
  bool isInstalled(RunnerKind runner) const override { return findProgram(nameOf(runner)).has_value(); }
  Result<std::string> program() const override { return find(runnerOn(thisHost(), RunnerKind::Auto)); }
  Result<Argv> commandLine(const Definition& definition, const VmPaths& paths) const override;
  Task<RunnerState> state(std::string socketPath, Milliseconds limit) override;
  Task<void> change(std::string socketPath, RunnerChange change) override;
  std::optional<RunnerChange> changeIn(const RunnerQuestion& question) const override;
  Task<RunnerAnswer> ask(std::string socketPath, RunnerQuestion question) override;

private:
  [[nodiscard]] const std::string& nameOf(RunnerKind kind) const;
  [[nodiscard]] Result<std::string> find(RunnerKind kind) const;

  RunnerPrograms programs_;
  mutable RunnerProbe probe_;
};

const std::string& VfkitRunner::nameOf(RunnerKind kind) const {
  if (kind == RunnerKind::Krunkit) return programs_.krunkit;
  return kind == RunnerKind::Qemu ? programs_.qemu : programs_.vfkit;
}

CapabilityRecord VfkitRunner::capabilities(RunnerKind runner) const {
  const auto program = findProgram(nameOf(runner));
  return program ? probe_.recordOf(runner, *program) : recordOf(usualTarget(runner, thisHost()));
}

std::vector<FieldError> VfkitRunner::refusals(const Definition& definition) const {
  Definition whole = definition;
  giveMacs(whole);
  const auto encoded =
      encodeCommandLine(whole, standInOptions(capabilities(runnerOn(thisHost(), definition.runner)).target));
  return encoded ? std::vector<FieldError>() : encoded.error().errors;
}

Result<std::string> VfkitRunner::find(RunnerKind kind) const {
  const auto& name = nameOf(kind);
  auto program = findProgram(name);
  if (!program) {
    auto error = std::move(program).error();
    error.code = Errc::RunnerMissing;
    error.hint = fmt::format("install {}, or start microvmd with --{} PATH", programOf(kind), programOf(kind));
    return error;
  }
  return program;
}

Result<Argv> VfkitRunner::commandLine(const Definition& definition, const VmPaths& paths) const {
  const RunnerKind kind = runnerOn(thisHost(), definition.runner);
  auto program = find(kind);
  if (!program) return std::move(program).error();
  EncodeOptions options;
  options.program = *program;
  options.runFolder = paths.runFolder;
  options.socketPath = paths.runnerSocket();
  options.variableStore = paths.variableStore();
  options.target = probe_.recordOf(kind, *program).target;
  if (const auto* efi = std::get_if<EfiBoot>(&definition.boot)) {
    options.hasVariableStore = ::access(variableStoreOf(*efi, options).c_str(), F_OK) == 0;
  }
  auto encoded = encodeCommandLine(definition, options);
  if (!encoded) return std::move(encoded).error();
  if (auto placed = placeAids(paths.runFolder, *encoded); !placed) return std::move(placed).error();
  return std::move(encoded->words);
}

Task<RunnerState> VfkitRunner::state(std::string socketPath, Milliseconds limit) {
  auto question = request("GET", "");
  auto done = co_await exchange(std::move(socketPath), std::move(question), limit);
  if (!done.response) co_return std::move(done.response).error();
  if (done.response->status != kOk) co_return refused(*done.response);
  co_return parseRunnerState(done.response->body);
}

Task<void> VfkitRunner::change(std::string socketPath, RunnerChange change) {
  auto order = request("POST", changeBody(change));
  auto done = co_await exchange(std::move(socketPath), std::move(order), kChangeLimit);
  if (!done.response) {
    if (change == RunnerChange::HardStop && isAnswerLost(done)) co_return Result<void>();
    co_return std::move(done.response).error();
  }
  if (done.response->status < kOk || done.response->status >= kFirstError) co_return refused(*done.response);
  co_return Result<void>();
}

std::optional<RunnerChange> VfkitRunner::changeIn(const RunnerQuestion& question) const {
  if (question.method != "POST" || question.path != "/vm/state") return std::nullopt;
  return parseChange(question.body);
}

Task<RunnerAnswer> VfkitRunner::ask(std::string socketPath, RunnerQuestion question) {
  const bool isHardStop = changeIn(question) == RunnerChange::HardStop;
  auto order = request(std::move(question.method), std::move(question.body), std::move(question.path));
  auto done = co_await exchange(std::move(socketPath), std::move(order), kChangeLimit);
  if (!done.response) {
    if (isHardStop && isAnswerLost(done)) co_return RunnerAnswer{kAccepted, {}, {}};
    co_return std::move(done.response).error();
  }
  RunnerAnswer answer;
  answer.status = done.response->status;
  answer.contentType = std::string(done.response->headers.find("Content-Type").value_or(""));
  answer.body = std::move(done.response->body);
  co_return answer;
}

}  // namespace

std::unique_ptr<Runner> makeVfkitRunner(RunnerPrograms programs) {
  return std::make_unique<VfkitRunner>(std::move(programs));
}

}  // namespace microvm
