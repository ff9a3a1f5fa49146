#include "daemon/http/events/event_stream.hpp"

#include <nlohmann/json.hpp>

#include "api/http/sse.hpp"
#include "daemon/async/deadline.hpp"
#include "daemon/wire/definition_json.hpp"

namespace microvm::http {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kPiece = 100;  // events at a time
constexpr std::uint64_t kRetryAfter = 1000;

std::string textOf(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json gapJson(std::uint64_t after, std::uint64_t next) {
  Json json;
  json["type"] = "gap";
  json["after"] = after;
  json["next"] = next;
  json["detail"] = next > after ? "the events between these two are not kept any more"
                                : "the sequence began anew; what came between is not known";
  return json;
}

class EventStream final : public ByteStream {
public:
  EventStream(Service& service, EventRequest request)
      : service_(service), request_(std::move(request)), place_(request_.after), silence_(request_.heartbeat) {}

  Task<std::string> read() override {
    if (!std::exchange(begun_, true) && request_.form == EventForm::Sse) co_return serializeRetry(kRetryAfter);
    while (true) {
      EventQuery query;
      query.after = place_.value_or(0);
      query.limit = kPiece;
      query.filter = request_.filter;
      auto page = co_await service_.events(std::move(query));
      if (!page) co_return std::move(page).error();
      auto bytes = take(*page);
      if (!bytes.empty()) co_return spoken(std::move(bytes));
      if (*place_ < page->newest) continue;
      if (!request_.follows) co_return std::string();
      auto arrived = co_await service_.awaitEvents(*place_, silence_.left());
      if (arrived) continue;
      if (arrived.error().code != Errc::Timeout) co_return std::move(arrived).error();
      co_return spoken(heartbeat());
    }
  }
  Task<void> write(std::string) override { co_return Result<void>(); }

private:
  /// What is said of a page; the place moves on.
  std::string take(const EventPage& page) {
    std::string bytes;
    if (place_ && *place_ > page.newest) {
      bytes = gap(*place_, page.newest == 0 ? 1 : page.oldest);
      place_ = 0;
      return bytes;
    }
    if (place_ && page.oldest > *place_ + 1) bytes = gap(*place_, page.oldest);
    for (const VmEvent& event : page.events)
      bytes += line(std::to_string(event.sequence), "", eventToJson(event));
    place_ = page.reached;
    return bytes;
  }
  std::string gap(std::uint64_t after, std::uint64_t next) const {
    return line(std::to_string(next - 1), "gap", gapJson(after, next));
  }
  std::string line(std::string id, std::string name, const Json& json) const {
    if (request_.form == EventForm::Lines) return textOf(json) + "\n";
    return serializeEvent(ServerSentEvent{std::move(id), std::move(name), textOf(json)});
  }
  std::string heartbeat() const {
    return request_.form == EventForm::Lines ? "\n" : serializeHeartbeat(std::to_string(*place_));
  }
  std::string spoken(std::string bytes) {
    silence_ = Deadline(request_.heartbeat);
    return bytes;
  }

  Service& service_;
  const EventRequest request_;
  std::optional<std::uint64_t> place_;  // every event up to this one has been told, or was not wanted
  Deadline silence_;
  bool begun_ = false;
};

}  // namespace

std::shared_ptr<ByteStream> streamOfEvents(Service& service, EventRequest request) {
  return std::make_shared<EventStream>(service, std::move(request));
}

}  // namespace microvm::http
