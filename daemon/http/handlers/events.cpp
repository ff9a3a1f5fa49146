// What happened.
#include <nlohmann/json.hpp>

#include "daemon/http/answering/answers.hpp"
#include "daemon/http/answering/request.hpp"
#include "daemon/http/handlers/handlers.hpp"
#include "daemon/wire/definition_json.hpp"

namespace microvm::http {
namespace {

constexpr std::uint64_t kMostEvents = 1000;

Result<EventQuery> readQuery(const Service& service, const Exchange& exchange) {
  auto shape = checkShape(exchange, {"after", "limit", "vm"}, Body::None);
  if (!shape) return std::move(shape).error();
  auto after = queryNumber(exchange, "after");
  if (!after) return std::move(after).error();
  auto limit = queryNumber(exchange, "limit");
  if (!limit) return std::move(limit).error();
  EventQuery query;
  query.after = after->value_or(query.after);
  query.limit = limit->value_or(query.limit);
  if (query.limit == 0 || query.limit > kMostEvents) {
    return Error{Errc::Usage, "the query member limit must be between 1 and 1000", {}, {}};
  }
  auto vm = exchange.target.find("vm");
  if (!vm) return query;
  auto view = service.find(std::string(*vm));
  // Of a VM that is gone the events are still there, under its id.
  query.vmId = view ? view->vm.id : std::string(*vm);
  return query;
}

}  // namespace

Task<Answer> listEvents(Service& service, Exchange exchange) {
  auto query = readQuery(service, exchange);
  if (!query) co_return std::move(query).error();
  auto events = co_await service.events(std::move(*query));
  if (!events) co_return std::move(events).error();
  nlohmann::ordered_json json;
  json["items"] = nlohmann::ordered_json::array();
  for (const auto& event : *events)
    json["items"].push_back(eventToJson(event));
  co_return jsonAnswer(200, json);
}

}  // namespace microvm::http
