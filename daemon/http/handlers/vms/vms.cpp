// VMs: list, create, look at, delete.
#include <nlohmann/json.hpp>

#include "api/http/codec.hpp"
#include "daemon/http/answering/answers.hpp"
#include "daemon/http/answering/listing.hpp"
#include "daemon/http/answering/preconditions.hpp"
#include "daemon/http/answering/projection.hpp"
#include "daemon/http/answering/request.hpp"
#include "daemon/http/handlers/vms/vm_handlers.hpp"
#include "daemon/wire/definition_json.hpp"

namespace microvm::http {
namespace {

using Json = nlohmann::ordered_json;

Result<std::optional<Projection>> readFields(const Exchange& exchange) {
  const auto text = exchange.target.find("fields");
  if (!text) return std::optional<Projection>();
  auto projection = Projection::parse(*text);
  if (!projection) return std::move(projection).error();
  return std::optional<Projection>(std::move(*projection));
}

/// How long the whole text will be, or a little longer: it is not copied while it grows.
std::size_t sizeOf(const ListPage& page) {
  std::size_t size = kHeadRoom + page.next.size();
  for (const auto& one : page.items)
    size += snapshotText(one).size() + 1;
  return size;
}

/// {"items": [...]}, from texts that are JSON already.
std::string pageText(const ListPage& page, const std::optional<Projection>& fields) {
  std::string text = R"({"items":[)";
  if (!fields) text.reserve(sizeOf(page));
  for (const auto& one : page.items) {
    if (&one != &page.items.front()) text += ',';
    text += fields ? fields->of(vmToJson(one->view)).dump(-1, ' ', false, Json::error_handler_t::replace)
                   : snapshotText(one);
  }
  text += ']';
  if (!page.next.empty()) text += R"(,"next":")" + page.next + '"';
  return text + '}';
}

/// The path of the next page: this one's with another cursor.
std::string linkTo(const Exchange& exchange, const std::string& cursor) {
  std::string link = "</v1/vms?cursor=" + cursor;
  for (const auto& [name, value] : exchange.target.query) {
    if (name != "cursor") link += "&" + name + "=" + percentEncode(value);
  }
  return link + ">; rel=\"next\"";
}

}  // namespace

Task<Answer> listVms(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {"labelSelector", "fields", "sort", "limit", "cursor"}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto query = readListQuery(exchange);
  if (!query) co_return std::move(query).error();
  auto fields = readFields(exchange);
  if (!fields) co_return std::move(fields).error();
  const auto page = pageOf(service.snapshots(), *query);
  auto answer = jsonTextAnswer(200, pageText(page, *fields));
  if (!page.next.empty()) answer.response.headers.add("Link", linkTo(exchange, page.next));
  co_return answer;
}

Task<Answer> createVm(Service& service, Exchange exchange) {
  auto json = readBody(exchange);
  if (!json) co_return std::move(json).error();
  auto draft = draftFromJson(*json);
  auto cause = causeOf(exchange);
  auto view = co_await service.create(std::move(draft), std::move(cause));
  if (!view) co_return std::move(view).error();
  co_return placedVmAnswer(201, *view);
}

Task<Answer> getVm(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {"fields"}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto fields = readFields(exchange);
  if (!fields) co_return std::move(fields).error();
  auto snapshot = service.snapshot(exchange.captures[0]);
  if (!snapshot) co_return std::move(snapshot).error();
  auto matched = checkIfMatch(exchange.request.headers, (*snapshot)->view.vm.generation);
  if (!matched) co_return std::move(matched).error();
  auto answer = snapshotAnswer(200, *snapshot);
  if (hasAlready(exchange.request.headers, (*snapshot)->tag)) co_return notModified((*snapshot)->tag);
  if (*fields)
    answer.response.body =
        (*fields)->of(vmToJson((*snapshot)->view)).dump(-1, ' ', false, Json::error_handler_t::replace);
  co_return answer;
}

Task<Answer> deleteVm(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {"force"}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto force = queryFlag(exchange, "force");
  if (!force) co_return std::move(force).error();
  auto matched = matchedVm(service, exchange);
  if (!matched) co_return std::move(matched).error();
  Asker asker(causeOf(exchange), matchedGenerations(exchange.request.headers));
  auto removed = co_await service.remove(exchange.captures[0], *force, std::move(asker));
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
