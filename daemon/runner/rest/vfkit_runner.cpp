#include "daemon/runner/rest/vfkit_runner.hpp"

#include <utility>

#include "daemon/process/program_lookup.hpp"
#include "daemon/runner/rest/empty_initrd.hpp"
#include "daemon/runner/rest/rest_client.hpp"
#include "daemon/runner/rest/state_json.hpp"
#include "daemon/runner/vfkit/encoder.hpp"

namespace microvm {
namespace {

constexpr Milliseconds kStateLimit{2000};
constexpr Milliseconds kChangeLimit{5000};
constexpr int kOk = 200;
constexpr int kFirstError = 300;

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

Error refused(const http::Response& response) {
  return Error{Errc::RunnerFailed,
               "the runner answered with status " + std::to_string(response.status) + ": " + errorText(response.body),
               {},
               {}};
}

class VfkitRunner final : public Runner {
public:
  explicit VfkitRunner(RunnerPrograms programs) : programs_(std::move(programs)) {}

  Result<Argv> commandLine(const Definition& definition, const VmPaths& paths) const override;
  Task<RunnerState> state(std::string socketPath) override;
  Task<void> change(std::string socketPath, RunnerChange change) override;
  std::optional<RunnerChange> changeIn(const RunnerQuestion& question) const override;
  Task<RunnerAnswer> ask(std::string socketPath, RunnerQuestion question) override;

private:
  RunnerPrograms programs_;
};

Result<Argv> VfkitRunner::commandLine(const Definition& definition, const VmPaths& paths) const {
  const auto kind = definition.runner == RunnerKind::Auto ? automaticRunner() : definition.runner;
  const bool isVfkit = kind == RunnerKind::Vfkit;
  const auto& name = isVfkit ? programs_.vfkit : programs_.qemu;
  auto program = findProgram(name);
  if (!program) {
    auto error = std::move(program).error();
    error.code = Errc::RunnerMissing;
    error.hint = isVfkit ? "install vfkit, or start microvmd with --vfkit PATH"
                         : "install vfkit-qemu beside microvmd, or start microvmd with --vfkit-qemu PATH";
    return error;
  }
  EncodeOptions options;
  options.program = *program;
  options.socketPath = paths.runnerSocket();
  const auto* linuxBoot = std::get_if<LinuxBoot>(&definition.boot);
  if (linuxBoot != nullptr && !linuxBoot->initrd) {
    auto placed = placeEmptyInitrd(paths.runFolder);
    if (!placed) return std::move(placed).error();
    options.emptyInitrd = *placed;
  }
  return encodeCommandLine(definition, options);
}

Task<RunnerState> VfkitRunner::state(std::string socketPath) {
  auto question = request("GET", "");
  auto done = co_await exchange(std::move(socketPath), std::move(question), kStateLimit);
  if (!done.response) co_return std::move(done.response).error();
  if (done.response->status != kOk) co_return refused(*done.response);
  co_return parseRunnerState(done.response->body);
}

Task<void> VfkitRunner::change(std::string socketPath, RunnerChange change) {
  auto order = request("POST", changeBody(change));
  auto done = co_await exchange(std::move(socketPath), std::move(order), kChangeLimit);
  if (!done.response) {
    const auto code = done.response.error().code;
    // A runner that is stopped hard exits before it answers: the exit is what counts.
    const bool isLost = code == Errc::Unreachable || code == Errc::Timeout || code == Errc::Protocol;
    if (change == RunnerChange::HardStop && done.reached == ExchangeEnd::Sent && isLost) co_return Result<void>();
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
  auto order = request(std::move(question.method), std::move(question.body), std::move(question.path));
  auto done = co_await exchange(std::move(socketPath), std::move(order), kChangeLimit);
  if (!done.response) co_return std::move(done.response).error();
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
