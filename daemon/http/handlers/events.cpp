// What happened, and what happens.
#include <nlohmann/json.hpp>

#include "daemon/http/answering/answers.hpp"
#include "daemon/http/events/event_request.hpp"
#include "daemon/http/events/event_stream.hpp"
#include "daemon/http/handlers/handlers.hpp"
#include "daemon/wire/definition_json.hpp"

namespace microvm::http {
namespace {

Task<Answer> answerPage(Service& service, EventRequest request) {
  EventQuery query;
  query.after = request.after.value_or(0);
  query.limit = request.limit;
  query.filter = std::move(request.filter);
  auto page = co_await service.events(std::move(query));
  if (!page) co_return std::move(page).error();
  nlohmann::ordered_json json;
  json["items"] = nlohmann::ordered_json::array();
  for (const auto& event : page->events)
    json["items"].push_back(eventToJson(event));
  json["next"] = page->reached;
  json["oldest"] = page->oldest;
  json["newest"] = page->newest;
  co_return jsonAnswer(200, json);
}

/// Who follows and names no place hears what happens from now on.
Task<EventRequest> placed(Service& service, EventRequest request) {
  if (request.after || request.filter.since || !request.follows) co_return std::move(request);
  EventQuery query;
  query.newest = true;
  query.limit = 1;
  auto page = co_await service.events(std::move(query));
  if (!page) co_return std::move(page).error();
  request.after = page->newest;
  co_return std::move(request);
}

}  // namespace

Task<Answer> listEvents(Service& service, Exchange exchange) {
  auto request = readEventRequest(service, exchange);
  if (!request) co_return std::move(request).error();
  if (request->form == EventForm::Page) co_return co_await answerPage(service, std::move(*request));
  const bool isSse = request->form == EventForm::Sse;
  auto begun = co_await placed(service, std::move(*request));
  if (!begun) co_return std::move(begun).error();
  Answer answer;
  answer.response.headers.add("Content-Type", isSse ? "text/event-stream" : "application/x-ndjson");
  answer.response.headers.add("Cache-Control", "no-store");
  answer.stream = streamOfEvents(service, std::move(*begun));
  co_return answer;
}

}  // namespace microvm::http
