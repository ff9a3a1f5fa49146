// What was asked of VMs and takes its time.
#include <nlohmann/json.hpp>

#include "daemon/http/answering/answers.hpp"
#include "daemon/http/answering/request.hpp"
#include "daemon/http/handlers/vms/vm_handlers.hpp"
#include "daemon/wire/operation_json.hpp"

namespace microvm::http {
Task<Answer> listOperations(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {"vm"}, Body::None);
  if (!shape) co_return std::move(shape).error();
  std::optional<std::string> vm;
  if (auto named = exchange.target.find("vm")) vm = std::string(*named);
  auto operations = service.operations(vm);
  if (!operations) co_return std::move(operations).error();
  nlohmann::ordered_json json;
  json["items"] = nlohmann::ordered_json::array();
  for (const auto& operation : *operations)
    json["items"].push_back(operationToJson(operation));
  co_return jsonAnswer(200, json);
}

Task<Answer> getOperation(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto operation = service.operation(exchange.captures[0]);
  if (!operation) co_return std::move(operation).error();
  co_return operationAnswer(200, *operation);
}

Task<Answer> waitOperation(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {"timeout"}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto timeout = queryDuration(exchange, "timeout");
  if (!timeout) co_return std::move(timeout).error();
  const auto limit = std::min(timeout->value_or(kDefaultWait), kLongestWait);
  auto operation = co_await service.waitOperation(exchange.captures[0], limit);
  if (!operation) co_return std::move(operation).error();
  co_return operationAnswer(200, *operation);
}

Task<Answer> cancelOperation(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto cause = causeOf(exchange);
  auto operation = co_await service.cancelOperation(exchange.captures[0], std::move(cause));
  if (!operation) co_return std::move(operation).error();
  co_return operationAnswer(200, *operation);
}

}  // namespace microvm::http
