#include "client/cli/commands/service/likely_cause.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "api/http/problem.hpp"
#include "api/http/unix_client.hpp"
#include "api/version/version.hpp"
#include "api/wire/json.hpp"
#include "client/cli/doctor/examination.hpp"
#include "client/cli/output/advice.hpp"

namespace microvm::cli {
namespace {

/// A daemon that takes longer for so small an answer hangs.
constexpr Milliseconds kServerLimit{2000};

/// The failures that a host can cause. The others are about a definition or the order of things.
constexpr std::array kOfTheHost{Errc::RunnerMissing, Errc::RunnerFailed, Errc::Timeout,  Errc::DiskFull,
                                Errc::Permission,    Errc::Io,           Errc::Protocol, Errc::Unreachable};

Result<nlohmann::ordered_json> ask(const std::string& socket, std::string target) {
  http::Request question;
  question.method = "GET";
  question.target = std::move(target);
  question.headers.set("Host", "localhost");
  auto answer = http::UnixClient(socket).request(std::move(question), kServerLimit);
  if (!answer) return std::move(answer).error();
  if (answer->status >= 400) return http::errorFromResponse(*answer);
  return parseJson(answer->body);
}

}  // namespace

doctor::Subject surveyFrom(Context& context, const doctor::Host& host) {
  const auto& socket = context.client().socketPath();
  auto subject = doctor::survey(host, std::string(version()), socket, ask(socket, "/v1"));
  const auto readiness = subject.daemon ? ask(socket, "/readyz") : nlohmann::ordered_json();
  if (!readiness) subject.unready = readiness.error();
  return subject;
}

void tellLikelyCause(Context& context, const Error& failure) {
  if (context.isQuiet() || std::find(kOfTheHost.begin(), kOfTheHost.end(), failure.code) == kOfTheHost.end()) return;
  const auto host = doctor::systemHost();
  auto subject = surveyFrom(context, *host);
  if (failure.code == Errc::RunnerMissing) {
    // Whatever is found from here: the daemon looks with its own eyes, and has just looked.
    subject.runner.clear();
    subject.runnerProblem = failure.detail;
  }
  const auto diagnoses = doctor::examine(*host, subject);
  const auto* cause = doctor::likelyCause(diagnoses, failure.detail);
  if (cause == nullptr) return;
  if (context.wantsJson()) {
    const nlohmann::ordered_json line{{"likelyCause", doctor::toJson(*cause)}};
    context.err().write(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    return;
  }
  const auto& [level, finding, reason, fix] = cause->finding;
  context.note("most likely cause: " + finding);
  if (!reason.empty()) context.note("  " + reason);
  if (!fix.empty()) context.note("  " + adviceText(fix));
  context.note("  \"microvmctl doctor\" examines everything.");
}

}  // namespace microvm::cli
