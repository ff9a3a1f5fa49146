// What is done with a VM, and waiting for it.
#include <nlohmann/json.hpp>

#include "api/wire/json_reader.hpp"
#include "daemon/http/handlers/answers.hpp"
#include "daemon/http/handlers/handlers.hpp"
#include "daemon/http/handlers/request.hpp"

namespace microvm::http {
namespace {

constexpr Milliseconds kDefaultWait{30'000};

Result<StopRequest> readStop(const Exchange& exchange) {
  auto json = readBody(exchange);
  if (!json) return std::move(json).error();
  std::vector<FieldError> errors;
  JsonReader reader(*json, "", errors);
  StopRequest request;
  request.timeout = reader.parsed("timeout", parseDuration);
  request.escalate = reader.boolean("escalate");
  reader.refuseUnknown();
  if (request.timeout) {
    if (auto problem = stopTimeoutProblem(*request.timeout)) reader.fail("timeout", *problem);
  }
  if (!errors.empty()) return invalidMembers(std::move(errors));
  return request;
}

/// An action's body says nothing yet; an empty object is taken from clients that always send one.
Result<void> checkEmptyBody(const Exchange& exchange) {
  auto json = readBody(exchange);
  if (!json) return std::move(json).error();
  std::vector<FieldError> errors;
  JsonReader(*json, "", errors).refuseUnknown();
  if (!errors.empty()) return invalidMembers(std::move(errors));
  return {};
}

/// 202 at once, or with "Prefer: wait=N" 200 when the VM has got there.
Task<Answer> finishAction(Service& service, Exchange exchange, Result<VmView> accepted, WaitFor goal) {
  if (!accepted) co_return std::move(accepted).error();
  auto limit = preferredWait(exchange.request.headers);
  if (!limit) co_return vmAnswer(202, *accepted);
  auto view = co_await service.wait(accepted->vm.id, goal, *limit);
  if (!view) co_return std::move(view).error();
  auto answer = vmAnswer(200, *view);
  answer.response.headers.add("Preference-Applied", "wait=" + std::to_string(limit->count() / 1000));
  co_return answer;
}

Result<WaitFor> readGoal(const Exchange& exchange) {
  auto text = exchange.target.find("for");
  if (text == "running") return WaitFor::Running;
  if (text == "stopped") return WaitFor::Stopped;
  if (text == "deleted") return WaitFor::Deleted;
  return Error{Errc::Usage, "the query member for must be running, stopped or deleted", {}, {}};
}

}  // namespace

Task<Answer> startVm(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::Json);
  if (!shape) co_return std::move(shape).error();
  auto empty = checkEmptyBody(exchange);
  if (!empty) co_return std::move(empty).error();
  auto accepted = co_await service.start(exchange.captures[0], "user");
  co_return co_await finishAction(service, std::move(exchange), std::move(accepted), WaitFor::Running);
}

Task<Answer> stopVm(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::Json);
  if (!shape) co_return std::move(shape).error();
  auto request = readStop(exchange);
  if (!request) co_return std::move(request).error();
  auto accepted = co_await service.stop(exchange.captures[0], *request, "user");
  co_return co_await finishAction(service, std::move(exchange), std::move(accepted), WaitFor::Stopped);
}

Task<Answer> killVm(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::Json);
  if (!shape) co_return std::move(shape).error();
  auto empty = checkEmptyBody(exchange);
  if (!empty) co_return std::move(empty).error();
  auto accepted = co_await service.kill(exchange.captures[0], "user");
  co_return co_await finishAction(service, std::move(exchange), std::move(accepted), WaitFor::Stopped);
}

Task<Answer> waitVm(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {"for", "timeout"}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto goal = readGoal(exchange);
  if (!goal) co_return std::move(goal).error();
  auto timeout = queryDuration(exchange, "timeout");
  if (!timeout) co_return std::move(timeout).error();
  auto limit = std::min(timeout->value_or(kDefaultWait), kLongestWait);
  auto view = co_await service.wait(exchange.captures[0], *goal, limit);
  if (!view) co_return std::move(view).error();
  co_return vmAnswer(200, *view);
}

}  // namespace microvm::http
