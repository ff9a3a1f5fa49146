// The console's log: the bytes that are kept, and those still to come.
#include <algorithm>

#include <fmt/format.h>

#include "daemon/http/answering/answers.hpp"
#include "daemon/http/answering/request.hpp"
#include "daemon/http/console/console_place.hpp"
#include "daemon/http/console/console_stream.hpp"
#include "daemon/http/handlers/console_query.hpp"
#include "daemon/http/handlers/handlers.hpp"

namespace microvm::http {
namespace {

/// Up to here the log is answered whole, with its length; beyond, in chunks.
constexpr std::uint64_t kWholeBytes = 256 * 1024;

Answer headOf(const ConsolePlace& place) {
  Answer answer;
  answer.response.headers.add("Content-Type", "application/octet-stream");
  answer.response.headers.add("Accept-Ranges", "bytes");
  answer.response.headers.add("Microvm-Console-Start", std::to_string(place.start));
  answer.response.headers.add("Microvm-Console-Offset", std::to_string(place.offset));
  answer.response.headers.add("Microvm-Console-End", std::to_string(place.logEnd));
  return answer;
}

/// Narrows the place to a range; false when nothing of it is there.
bool narrow(ConsolePlace& place, const ByteRange& range, std::uint64_t& last) {
  auto first = range.suffix ? place.end - std::min(*range.suffix, place.end) : range.first;
  place.offset = std::max(first, place.start);
  last = std::min(range.last.value_or(place.end), place.end - (place.end > 0 ? 1 : 0));
  return place.offset < place.end && last >= place.offset;
}

Task<Answer> answerBytes(Service& service, std::string vm, Answer answer, std::uint64_t offset, std::uint64_t end) {
  auto length = end - offset;
  if (length > kWholeBytes) {
    answer.stream = streamOfLog(service, std::move(vm), offset, end);
    co_return answer;
  }
  auto slice = co_await service.consoleLog(std::move(vm), offset, static_cast<std::size_t>(length));
  if (!slice) co_return std::move(slice).error();
  answer.response.body = std::move(slice->bytes);
  co_return answer;
}

/// Follows from the place on; a VM that does not run has only what is kept.
Task<Answer> follow(Service& service, std::string vm, ConsolePlace place) {
  auto answer = headOf(place);
  ConsoleAttach attach;
  attach.mode = ConsoleMode::ReadOnly;
  attach.offset = place.offset;
  attach.label = "log";
  auto attached = co_await service.attachConsole(vm, std::move(attach));
  if (attached) {
    answer.stream = streamOf(std::move(*attached), ConsoleMode::ReadOnly, place.offset, WhenSkipped::BreakOff);
    co_return answer;
  }
  if (attached.error().code != Errc::WrongState) co_return std::move(attached).error();
  co_return co_await answerBytes(service, std::move(vm), std::move(answer), place.offset, place.end);
}

/// What would have to be ignored when the other is obeyed.
Result<void> checkTogether(const Exchange& exchange, const ConsoleQuery& query, bool isFollowing) {
  const auto usage = [](std::string detail, std::string hint) {
    return Error{Errc::Usage, std::move(detail), std::move(hint), {}};
  };
  if (isFollowing && query.until) return usage("of the query members follow and until only one can be given", {});
  if (!requestedRange(exchange.request.headers)) return {};
  if (isFollowing)
    return usage("the query member follow has no end and the header Range has one; give one",
                 "follow from offset=N on");
  const std::string_view place = query.offset ? "offset" : query.tail ? "tail" : query.since ? "since" : "";
  if (place.empty()) return {};
  return usage(fmt::format("the query member {} and the header Range name two places; give one", place),
               "Range: bytes=-N is the last N bytes");
}

}  // namespace

Task<Answer> getConsoleLog(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {"offset", "tail", "since", "until", "boot", "follow"}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto following = queryFlag(exchange, "follow");
  if (!following) co_return std::move(following).error();
  auto query = readConsoleQuery(exchange);
  if (!query) co_return std::move(query).error();
  if (auto fits = checkTogether(exchange, *query, *following); !fits) co_return std::move(fits).error();
  auto place = co_await findPlace(service, exchange.captures[0], *query, DefaultPlace::Oldest);
  if (!place) co_return std::move(place).error();
  if (place->isBeyond) co_return beyondEnd(exchange, *place);
  auto vm = exchange.captures[0];
  // A boot that is over has no more to come.
  if (*following && place->end == place->logEnd) co_return co_await follow(service, std::move(vm), *place);
  auto range = requestedRange(exchange.request.headers);
  std::uint64_t last = 0;
  if (range && !narrow(*place, *range, last)) co_return beyondEnd(exchange, *place);
  auto answer = headOf(*place);
  if (!range) co_return co_await answerBytes(service, std::move(vm), std::move(answer), place->offset, place->end);
  answer.response.status = 206;
  answer.response.headers.add("Content-Range", fmt::format("bytes {}-{}/{}", place->offset, last, place->logEnd));
  co_return co_await answerBytes(service, std::move(vm), std::move(answer), place->offset, last + 1);
}

}  // namespace microvm::http
