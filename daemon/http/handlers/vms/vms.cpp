// VMs: list, create, look at, delete.
#include <nlohmann/json.hpp>

#include "daemon/http/answering/answers.hpp"
#include "daemon/http/answering/request.hpp"
#include "daemon/http/handlers/vms/vm_handlers.hpp"
#include "daemon/wire/definition_json.hpp"

namespace microvm::http {
namespace {

/// A weak comparison, as If-None-Match wants it; "*" means any.
bool matchesTag(const Headers& headers, std::string_view tag) {
  return headers.hasToken("If-None-Match", tag) || headers.hasToken("If-None-Match", "W/" + std::string(tag)) ||
         headers.hasToken("If-None-Match", "*");
}

}  // namespace

Task<Answer> listVms(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::None);
  if (!shape) co_return std::move(shape).error();
  nlohmann::ordered_json json;
  json["items"] = nlohmann::ordered_json::array();
  for (const auto& view : service.list())
    json["items"].push_back(vmToJson(view));
  co_return jsonAnswer(200, json);
}

Task<Answer> createVm(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::Json);
  if (!shape) co_return std::move(shape).error();
  auto json = readBody(exchange);
  if (!json) co_return std::move(json).error();
  auto draft = draftFromJson(*json);
  auto cause = causeOf(exchange);
  auto view = co_await service.create(std::move(draft), std::move(cause));
  if (!view) co_return std::move(view).error();
  auto answer = vmAnswer(201, *view);
  answer.response.headers.add("Location", "/v1/vms/" + view->vm.definition.name);
  co_return answer;
}

Task<Answer> getVm(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto view = service.find(exchange.captures[0]);
  if (!view) co_return std::move(view).error();
  auto answer = vmAnswer(200, *view);
  if (matchesTag(exchange.request.headers, *answer.response.headers.find("ETag"))) answer.response.status = 304;
  co_return answer;
}

Task<Answer> deleteVm(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {"force"}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto force = queryFlag(exchange, "force");
  if (!force) co_return std::move(force).error();
  auto cause = causeOf(exchange);
  auto removed = co_await service.remove(exchange.captures[0], *force, std::move(cause));
  if (!removed) co_return std::move(removed).error();
  Answer answer;
  answer.response.status = 204;
  co_return answer;
}

Task<Answer> getRunnerLog(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto text = co_await service.runnerLog(exchange.captures[0]);
  if (!text) co_return std::move(text).error();
  Answer answer;
  answer.response.headers.add("Content-Type", "text/plain; charset=utf-8");
  answer.response.body = std::move(*text);
  co_return answer;
}

}  // namespace microvm::http
