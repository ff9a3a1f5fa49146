#include "client/cli/output/report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/http/problem.hpp"
#include "api/wire/json.hpp"
#include "client/cli/output/advice.hpp"
#include "client/cli/output/output.hpp"
#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

bool isUnreachable(const Failure& failure) {
  return failure.error.code == Errc::Unreachable && failure.problem.empty();
}

std::string hintOf(const Failure& failure) {
  if (!failure.error.hint.empty()) return failure.error.hint;
  return isUnreachable(failure) ? "start the daemon with microvmd, or name its socket with --host" : "";
}

// What the daemon called it, which may be a code that this client does not know.
std::string codeOf(const Failure& failure) {
  if (!failure.problem.empty()) {
    const auto problem = parseJson(failure.problem);
    const std::string code = problem ? textAt(*problem, "/code") : std::string();
    if (!code.empty()) return code;
  }
  return std::string(http::problemKind(failure.error.code).code);
}

// By which the daemon's log is searched for it.
std::string requestOf(const Failure& failure) {
  if (failure.problem.empty()) return {};
  const auto problem = parseJson(failure.problem);
  const std::string id = problem ? textAt(*problem, "/requestId") : std::string();
  return id.empty() ? id : ", request " + id;
}

}  // namespace

std::string errorText(std::string_view what, const Failure& failure) {
  std::string line = "microvmctl: ";
  if (!what.empty()) line += fmt::format("{}: ", what);
  line += printable(failure.error.detail);
  if (failure.error.code != Errc::Usage || !failure.problem.empty()) {
    line += printable(fmt::format(" ({}{})", codeOf(failure), requestOf(failure)));
  }
  const std::string hint = hintOf(failure);
  if (!hint.empty()) line += ". " + adviceText(printable(hint));
  line += '\n';
  for (const FieldError& field : failure.error.errors)
    line += fmt::format("  {}: {}\n", printable(field.pointer), printable(field.detail));
  return line;
}

std::string problemText(const Failure& failure) {
  if (!failure.problem.empty()) {
    if (const auto problem = parseJson(failure.problem); problem && problem->is_object()) return problem->dump() + "\n";
  }
  const auto& kind = http::problemKind(failure.error.code);
  Json problem{{"detail", failure.error.detail}, {"code", kind.code}};
  const std::string hint = hintOf(failure);
  if (!hint.empty()) problem["hint"] = hint;
  problem["retryable"] = kind.retryable;
  for (const FieldError& field : failure.error.errors)
    problem["errors"].push_back(Json{{"pointer", field.pointer}, {"detail", field.detail}});
  return problem.dump() + "\n";
}

ExitCode exitCodeOf(const Failure& failure) {
  switch (failure.error.code) {
    case Errc::Usage:
      return failure.problem.empty() ? ExitCode::Usage : ExitCode::Failed;
    case Errc::NotFound:
      return ExitCode::NotFound;
    case Errc::AlreadyExists:
    case Errc::WrongState:
    case Errc::Busy:
    case Errc::InUse:
    case Errc::PreconditionFailed:
    case Errc::Protected:
      return ExitCode::Conflict;
    case Errc::Timeout:
      return ExitCode::Timeout;
    case Errc::Permission:
      return ExitCode::Permission;
    case Errc::Unreachable:
      return isUnreachable(failure) ? ExitCode::Unreachable : ExitCode::Failed;
    case Errc::Unavailable:
      // The daemon's own word that it comes or goes; without it a service manager that is not there.
      return failure.problem.empty() ? ExitCode::Failed : ExitCode::Unreachable;
    case Errc::Malformed:
    case Errc::Invalid:
    case Errc::MethodNotAllowed:
    case Errc::TooLarge:
    case Errc::RunnerMissing:
    case Errc::RunnerFailed:
    case Errc::DiskFull:
    case Errc::Cancelled:
    case Errc::DaemonRestarted:
    case Errc::Io:
    case Errc::Protocol:
    case Errc::Internal:
      return ExitCode::Failed;
  }
  return ExitCode::Failed;
}

}  // namespace microvm::cli
