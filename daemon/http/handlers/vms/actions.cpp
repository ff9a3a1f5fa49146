// What is done with a VM, and waiting for it.
#include <nlohmann/json.hpp>

#include "api/wire/json_reader.hpp"
#include "daemon/http/answering/answers.hpp"
#include "daemon/http/answering/keyed.hpp"
#include "daemon/http/answering/preconditions.hpp"
#include "daemon/http/answering/request.hpp"
#include "daemon/http/handlers/vms/vm_handlers.hpp"

namespace microvm::http {
namespace {

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

/// Where there was nothing to do, 200 with the VM. Else 202 with the operation at once; with "Prefer: wait=N" 200 with
/// the VM when it has got there in that time.
Task<Answer> finishAction(Service& service, Exchange exchange, Result<VmView> accepted) {
  if (!accepted) co_return std::move(accepted).error();
  if (!accepted->operation) co_return vmAnswer(200, *accepted);
  auto limit = preferredWait(exchange.request.headers);
  auto begun = operationAnswer(202, *accepted->operation);
  if (!limit) co_return begun;
  co_await keepMeanwhile(service, std::move(exchange), std::move(begun));
  auto operation = co_await service.waitOperation(accepted->operation->id, *limit);
  if (!operation) co_return std::move(operation).error();
  if (operation->state == OperationState::Running) co_return operationAnswer(202, *operation);
  if (operation->error) co_return std::move(*operation->error);
  auto view = service.find(accepted->vm.id);
  if (!view) co_return std::move(view).error();
  auto answer = vmAnswer(200, *view);
  answer.response.headers.add("Preference-Applied", "wait=" + std::to_string(limit->count() / 1000));
  co_return answer;
}

/// Looked at here, so that nothing is asked for in vain, and again when it begins.
Asker askerOf(const Exchange& exchange) {
  return {causeOf(exchange), matchedGenerations(exchange.request.headers)};
}

using Action = Task<VmView> (Service::*)(std::string, Asker);

/// An action that takes nothing but a name.
Task<Answer> actPlainly(Service& service, Exchange exchange, Action action) {
  auto empty = checkEmptyBody(exchange);
  if (!empty) co_return std::move(empty).error();
  auto matched = matchedVm(service, exchange);
  if (!matched) co_return std::move(matched).error();
  auto asker = askerOf(exchange);
  auto accepted = co_await (service.*action)(exchange.captures[0], std::move(asker));
  co_return co_await finishAction(service, std::move(exchange), std::move(accepted));
}

using StoppingAction = Task<VmView> (Service::*)(std::string, StopRequest, Asker);

/// An action that begins with the stop ladder.
Task<Answer> actWithStop(Service& service, Exchange exchange, StoppingAction action) {
  auto stop = readStop(exchange);
  if (!stop) co_return std::move(stop).error();
  auto matched = matchedVm(service, exchange);
  if (!matched) co_return std::move(matched).error();
  auto asker = askerOf(exchange);
  auto accepted = co_await (service.*action)(exchange.captures[0], *stop, std::move(asker));
  co_return co_await finishAction(service, std::move(exchange), std::move(accepted));
}

Result<WaitFor> readGoal(const Exchange& exchange) {
  auto text = exchange.target.find("for");
  if (text == "running") return WaitFor::Running;
  if (text == "paused") return WaitFor::Paused;
  if (text == "stopped") return WaitFor::Stopped;
  if (text == "deleted") return WaitFor::Deleted;
  return Error{Errc::Usage,
               "the query member for must be running, paused, stopped, deleted, ready, condition=NAME or "
               "condition=NAME=STATUS",
               "a NAME is Ready, Running, Runner, Console, Vsock, Tcp or Http, a STATUS True, False or Unknown",
               {}};
}

Task<VmView> awaitGoal(Service& service, Exchange exchange, Milliseconds limit) {
  if (auto condition = parseConditionGoal(exchange.target.find("for").value_or(""))) {
    ConditionGoal wanted = std::move(*condition);
    co_return co_await service.awaitCondition(exchange.captures[0], std::move(wanted), limit);
  }
  auto goal = readGoal(exchange);
  if (!goal) co_return std::move(goal).error();
  co_return co_await service.wait(exchange.captures[0], *goal, limit);
}

}  // namespace

Task<Answer> startVm(Service& service, Exchange exchange) {
  return actPlainly(service, std::move(exchange), &Service::start);
}

Task<Answer> stopVm(Service& service, Exchange exchange) {
  return actWithStop(service, std::move(exchange), &Service::stop);
}

Task<Answer> killVm(Service& service, Exchange exchange) {
  return actPlainly(service, std::move(exchange), &Service::kill);
}

Task<Answer> pauseVm(Service& service, Exchange exchange) {
  return actPlainly(service, std::move(exchange), &Service::pause);
}

Task<Answer> resumeVm(Service& service, Exchange exchange) {
  return actPlainly(service, std::move(exchange), &Service::resume);
}

Task<Answer> restartVm(Service& service, Exchange exchange) {
  return actWithStop(service, std::move(exchange), &Service::restart);
}

Task<Answer> waitVm(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {"for", "timeout"}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto timeout = queryDuration(exchange, "timeout");
  if (!timeout) co_return std::move(timeout).error();
  auto limit = std::min(timeout->value_or(kDefaultWait), kLongestWait);
  auto view = co_await awaitGoal(service, std::move(exchange), limit);
  if (!view) co_return std::move(view).error();
  co_return vmAnswer(200, *view);
}

}  // namespace microvm::http
