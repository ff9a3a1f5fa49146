#include "api/http/problem.hpp"

#include <cassert>
#include <optional>

#include <nlohmann/json.hpp>

namespace microvm::http {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kTypePrefix = "https://microvm.dev/errors/";

constexpr ProblemKind kKinds[] = {
    {"malformed", Errc::Malformed, 400, "The request cannot be read", false},
    {"usage", Errc::Usage, 400, "The request is not one that this path takes", false},
    {"invalid", Errc::Invalid, 422, "A member has a value that cannot be used", false},
    {"not-found", Errc::NotFound, 404, "There is nothing of that name", false},
    {"method-not-allowed", Errc::MethodNotAllowed, 405, "The path does not take this method", false},
    {"already-exists", Errc::AlreadyExists, 409, "The name is taken", false},
    {"wrong-state", Errc::WrongState, 409, "The state of the VM does not allow it", false},
    {"busy", Errc::Busy, 409, "Another operation holds the VM", true},
    {"in-use", Errc::InUse, 409, "Something it needs is held by another", true},
    {"too-large", Errc::TooLarge, 413, "The request is too large", false},
    {"timeout", Errc::Timeout, 504, "It did not happen in time", true},
    {"permission", Errc::Permission, 403, "It is not permitted", false},
    {"runner-missing", Errc::RunnerMissing, 503, "The program that runs the VM is missing", false},
    {"runner-failed", Errc::RunnerFailed, 502, "The program that runs the VM failed", false},
    {"unreachable", Errc::Unreachable, 502, "A process of the VM does not answer", true},
    {"unavailable", Errc::Unavailable, 503, "The daemon cannot serve it now", true},
    {"disk-full", Errc::DiskFull, 507, "No space is left on the disk", false},
    {"cancelled", Errc::Cancelled, 503, "It was given up", true},
    {"daemon-restarted", Errc::DaemonRestarted, 503, "The daemon was restarted before it was done", true},
    {"io", Errc::Io, 500, "The operating system reports an error", false},
    {"protocol", Errc::Protocol, 502, "A process of the VM broke its protocol", false},
    {"precondition-failed", Errc::PreconditionFailed, 412, "The definition is another one by now", false},
    {"protected", Errc::Protected, 423, "The VM is protected", false},
    {"internal", Errc::Internal, 500, "This is a fault of the daemon", false},
    // What HTTP tells apart.
    {"unauthorized", Errc::Permission, 401, "A token is needed", false},
    {"request-timeout", Errc::Timeout, 408, "The request did not arrive in time", true},
    {"unsupported-media-type", Errc::Usage, 415, "The body has a type that is not taken", false},
    {"range-not-satisfiable", Errc::Usage, 416, "The range is beyond what is kept", false},
    {"expectation-failed", Errc::Usage, 417, "The expectation cannot be met", false},
    {"upgrade-required", Errc::Usage, 426, "The path needs a change of protocol", false},
    {"idempotency-mismatch", Errc::Usage, 422, "The Idempotency-Key was that of another request", false},
    {"precondition-required", Errc::Usage, 428, "The change needs the header If-Match", false},
    {"too-many-connections", Errc::Unavailable, 429, "The client has as many connections as it may", true},
    {"head-too-large", Errc::TooLarge, 431, "The head of the request is too large", false},
    {"not-implemented", Errc::MethodNotAllowed, 501, "No path takes this method", false},
    {"version-not-supported", Errc::Malformed, 505, "Only HTTP/1.1 is spoken here", false},
};

Errc nearestErrc(int status) {
  for (const auto& kind : kKinds) {
    if (kind.status == status) return kind.errc;
  }
  return status >= 500 ? Errc::Internal : Errc::Usage;
}

std::string textOf(const Json& object, const char* member) {
  auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<FieldError> fieldErrorsOf(const Json& object) {
  std::vector<FieldError> errors;
  auto found = object.find("errors");
  if (found == object.end() || !found->is_array()) return errors;
  for (const auto& item : *found) {
    if (item.is_object()) errors.push_back({textOf(item, "pointer"), textOf(item, "detail")});
  }
  return errors;
}

Json problemOf(const ProblemKind& kind, const Error& error, std::optional<std::string_view> requestId) {
  Json json;
  json["type"] = std::string(kTypePrefix).append(kind.code);
  json["title"] = kind.title;
  json["status"] = kind.status;
  json["detail"] = error.detail;
  json["code"] = kind.code;
  if (requestId) json["requestId"] = *requestId;
  if (!error.hint.empty()) json["hint"] = error.hint;
  json["retryable"] = kind.retryable;
  for (const auto& field : error.errors)
    json["errors"].push_back({{"pointer", field.pointer}, {"detail", field.detail}});
  return json;
}

/// `otherwise` with everything that the problem says.
Error readProblem(const Json& json, Error otherwise) {
  Error error = std::move(otherwise);
  if (!json.is_object()) return error;
  auto code = textOf(json, "code");
  for (const auto& kind : kKinds) {
    if (kind.code == code) error.code = kind.errc;
  }
  if (auto detail = textOf(json, "detail"); !detail.empty()) error.detail = detail;
  error.hint = textOf(json, "hint");
  error.errors = fieldErrorsOf(json);
  return error;
}

}  // namespace

std::span<const ProblemKind> problemKinds() {
  return kKinds;
}

const ProblemKind& problemKind(Errc errc) {
  for (const auto& kind : kKinds) {
    if (kind.errc == errc) return kind;
  }
  return problemKind("internal");
}

const ProblemKind& problemKind(std::string_view code) {
  for (const auto& kind : kKinds) {
    if (kind.code == code) return kind;
  }
  assert(false);
  return problemKind(Errc::Internal);
}

Response problemResponse(const ProblemKind& kind, const Error& error, std::string_view requestId) {
  Response response{.status = kind.status};
  response.headers.add("Content-Type", "application/problem+json");
  if (kind.code == "unavailable" || kind.code == "too-many-connections") response.headers.add("Retry-After", "1");
  // Text from outside (a path, a command line) need not be UTF-8; it never makes the answer fail.
  response.body = problemOf(kind, error, requestId).dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

Json problemJson(const Error& error) {
  return problemOf(problemKind(error.code), error, std::nullopt);
}

Response problemResponse(const Error& error, std::string_view requestId) {
  return problemResponse(problemKind(error.code), error, requestId);
}

Error errorFromResponse(const Response& response) {
  auto json = Json::parse(response.body, nullptr, false);
  return readProblem(
      json,
      Error{
          nearestErrc(response.status), "the daemon answered with status " + std::to_string(response.status), {}, {}});
}

Error errorFromProblem(const Json& json) {
  return readProblem(json, Error{Errc::Internal, "it failed without a reason", {}, {}});
}

}  // namespace microvm::http
