#include "daemon/http/events/event_request.hpp"

#include <algorithm>
#include <charconv>

#include "daemon/http/answering/request.hpp"

namespace microvm::http {
namespace {

constexpr std::uint64_t kMostEvents = 1000;
constexpr std::size_t kMostWords = 32;
constexpr Milliseconds kShortestHeartbeat{100};
constexpr Milliseconds kLongestHeartbeat{300'000};

Error usage(std::string detail, std::string hint = {}) {
  return {Errc::Usage, std::move(detail), std::move(hint), {}};
}

std::optional<std::uint64_t> parseSequence(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<std::vector<std::string>> readWords(std::string_view name, std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    const auto end = std::min(text.find(','), text.size());
    if (end == 0) return usage("the query member " + std::string(name) + " has an empty item");
    words.emplace_back(text.substr(0, end));
    if (words.size() > kMostWords) return usage("the query member " + std::string(name) + " has too many items");
    if (end == text.size()) return words;
    text.remove_prefix(end + 1);
  }
}

/// A number is a place in the sequence, anything else a time.
Result<void> readSince(const Exchange& exchange, EventRequest& request) {
  const auto text = exchange.target.find("since");
  if (!text) return {};
  if (request.after) return usage("the query members after and since exclude each other");
  request.after = parseSequence(*text);
  if (request.after) return {};
  auto time = queryTime(exchange, "since");
  if (!time) return std::move(time).error();
  request.filter.since = *time;
  return {};
}

Result<void> readFilter(const Service& service, const Exchange& exchange, EventFilter& filter) {
  if (const auto kind = exchange.target.find("kind")) {
    auto kinds = readWords("kind", *kind);
    if (!kinds) return std::move(kinds).error();
    filter.kinds = std::move(*kinds);
  }
  if (const auto label = exchange.target.find("label")) {
    auto selector = LabelSelector::parse(*label);
    if (!selector) return std::move(selector).error();
    filter.labels = std::move(*selector);
  }
  if (const auto vm = exchange.target.find("vm")) {
    const auto view = service.find(std::string(*vm));
    // Of a VM that is gone, or yet to come, events can be asked for all the same.
    if (view) filter.vmId = view->vm.id;
    if (!view) filter.vm = std::string(*vm);
  }
  return {};
}

Result<void> readPlace(const Exchange& exchange, EventRequest& request) {
  auto after = queryNumber(exchange, "after");
  if (!after) return std::move(after).error();
  request.after = *after;
  if (auto read = readSince(exchange, request); !read) return read;
  // A reader that comes back asks for the same address again, with the place that it has reached.
  if (const auto last = exchange.request.headers.find("Last-Event-ID")) {
    const auto sequence = parseSequence(*last);
    if (!sequence) return usage("the header Last-Event-ID is not the id of an event");
    request.after = sequence;
  }
  return {};
}

Result<void> readForm(const Exchange& exchange, EventRequest& request) {
  const auto& headers = exchange.request.headers;
  const auto asPage = acceptedWeight(headers, "application/json");
  const auto asSse = acceptedWeight(headers, "text/event-stream");
  const auto asLines = acceptedWeight(headers, "application/x-ndjson");
  const bool wantsSse = asSse > 0 && asSse >= std::max(asPage, asLines);
  const bool wantsLines = asLines > 0 && asLines >= asPage;
  const auto follow = queryFlag(exchange, "follow");
  if (!follow) return follow.error();
  request.follows = *follow;
  if (wantsSse) {
    request.form = EventForm::Sse;
    request.follows = *follow || !exchange.target.find("follow");
  } else if (wantsLines || *follow) {
    request.form = EventForm::Lines;
  }
  return {};
}

Result<void> readBounds(const Exchange& exchange, EventRequest& request) {
  auto limit = queryNumber(exchange, "limit");
  if (!limit) return std::move(limit).error();
  if (*limit && request.form != EventForm::Page) return usage("the query member limit is for a page, not for a stream");
  request.limit = limit->value_or(request.limit);
  if (request.limit == 0 || request.limit > kMostEvents) {
    return usage("the query member limit must be between 1 and 1000");
  }
  auto heartbeat = queryDuration(exchange, "heartbeat");
  if (!heartbeat) return std::move(heartbeat).error();
  request.heartbeat = heartbeat->value_or(request.heartbeat);
  if (request.heartbeat < kShortestHeartbeat || request.heartbeat > kLongestHeartbeat) {
    return usage("the query member heartbeat must be between 100ms and 5m");
  }
  return {};
}

}  // namespace

Result<EventRequest> readEventRequest(const Service& service, const Exchange& exchange) {
  auto shape =
      checkShape(exchange, {"after", "since", "limit", "vm", "kind", "label", "follow", "heartbeat"}, Body::None);
  if (!shape) return std::move(shape).error();
  EventRequest request;
  if (auto read = readForm(exchange, request); !read) return std::move(read).error();
  if (auto read = readPlace(exchange, request); !read) return std::move(read).error();
  if (auto read = readBounds(exchange, request); !read) return std::move(read).error();
  if (auto read = readFilter(service, exchange, request.filter); !read) return std::move(read).error();
  return request;
}

}  // namespace microvm::http
