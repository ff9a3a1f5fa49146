// A VM's runner: its own REST socket, passed through, and what is kept when it ends unexpectedly.
#include "daemon/http/answering/answers.hpp"
#include "daemon/http/answering/request.hpp"
#include "daemon/http/handlers/vms/vm_handlers.hpp"

namespace microvm::http {
namespace {

Task<Answer> passThrough(Service& service, Exchange exchange, RunnerQuestion question) {
  auto shape = checkShape(exchange, {}, question.method == "GET" ? Body::None : Body::Json);
  if (!shape) co_return std::move(shape).error();
  auto cause = causeOf(exchange);
  auto answered = co_await service.askRunner(exchange.captures[0], std::move(question), std::move(cause));
  if (!answered) co_return std::move(answered).error();
  Answer answer;
  answer.response.status = answered->status;
  if (!answered->contentType.empty()) answer.response.headers.add("Content-Type", answered->contentType);
  answer.response.body = std::move(answered->body);
  co_return answer;
}

}  // namespace

Task<Answer> getRunnerState(Service& service, Exchange exchange) {
  RunnerQuestion question{"GET", "/vm/state", {}};
  return passThrough(service, std::move(exchange), std::move(question));
}

Task<Answer> changeRunnerState(Service& service, Exchange exchange) {
  RunnerQuestion question{"POST", "/vm/state", exchange.request.body};
  return passThrough(service, std::move(exchange), std::move(question));
}

Task<Answer> inspectRunner(Service& service, Exchange exchange) {
  RunnerQuestion question{"GET", "/vm/inspect", {}};
  return passThrough(service, std::move(exchange), std::move(question));
}

Task<Answer> getPostmortem(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto text = co_await service.postmortem(exchange.captures[0]);
  if (!text) co_return std::move(text).error();
  Answer answer;
  answer.response.headers.add("Content-Type", "application/json");
  answer.response.body = std::move(*text);
  co_return answer;
}

}  // namespace microvm::http
