#include "daemon/http/handlers/console_query.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "api/core/text.hpp"
#include "daemon/http/answering/answers.hpp"
#include "daemon/http/answering/request.hpp"

namespace microvm::http {
namespace {

constexpr std::size_t kLabelBytes = 64;

Error unusable(std::string_view name, std::string_view value, std::string_view wanted) {
  return {Errc::Usage,
          "the query member " + std::string(name) + "=" + std::string(value) + " is not " + std::string(wanted),
          {},
          {}};
}

Result<std::optional<std::int64_t>> queryBoot(const Exchange& exchange) {
  const auto text = exchange.target.find("boot");
  if (!text) return std::optional<std::int64_t>();
  std::int64_t boot = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), boot);
  if (error != std::errc() || end != text->data() + text->size()) return unusable("boot", *text, "a whole number");
  return std::optional(boot);
}

}  // namespace

Result<ConsoleQuery> readConsoleQuery(const Exchange& exchange) {
  ConsoleQuery query;
  auto offset = queryNumber(exchange, "offset");
  if (!offset) return std::move(offset).error();
  auto tail = queryNumber(exchange, "tail");
  if (!tail) return std::move(tail).error();
  auto since = queryTime(exchange, "since");
  if (!since) return std::move(since).error();
  auto until = queryTime(exchange, "until");
  if (!until) return std::move(until).error();
  auto boot = queryBoot(exchange);
  if (!boot) return std::move(boot).error();
  query.offset = *offset;
  query.tail = *tail;
  query.since = *since;
  query.until = *until;
  query.boot = *boot;
  if (int(query.offset.has_value()) + int(query.tail.has_value()) + int(query.since.has_value()) > 1) {
    return Error{Errc::Usage, "of the query members offset, tail and since only one can be given", {}, {}};
  }
  return query;
}

Result<ConsoleAttach> readConsoleAttach(const Exchange& exchange) {
  struct Row {
    std::string_view word;
    ConsoleMode mode;
  };
  constexpr std::array kModes{Row{"rw", ConsoleMode::ReadWrite}, Row{"ro", ConsoleMode::ReadOnly},
                              Row{"exclusive", ConsoleMode::Exclusive}};
  const auto mode = exchange.target.find("mode").value_or("rw");
  const auto* row = std::find_if(kModes.begin(), kModes.end(), [&](const Row& each) { return each.word == mode; });
  if (row == kModes.end()) return unusable("mode", mode, "rw, ro or exclusive");
  auto takeOver = queryFlag(exchange, "takeOver");
  if (!takeOver) return std::move(takeOver).error();
  if (*takeOver && row->mode != ConsoleMode::Exclusive) {
    return Error{Errc::Usage, "the query member takeOver belongs to mode=exclusive", {}, {}};
  }
  auto queue = queryNumber(exchange, "queue");
  if (!queue) return std::move(queue).error();
  const std::string label(exchange.target.find("label").value_or(""));
  if (label.size() > kLabelBytes || hasControlCharacters(label) || !isUtf8(label)) {
    return Error{Errc::Usage, "the query member label is not a text of at most 64 bytes in one line", {}, {}};
  }
  ConsoleAttach attach;
  attach.mode = row->mode;
  attach.evenIfHeld = *takeOver;
  attach.queue = queue->value_or(0);
  attach.label = label;
  return attach;
}

Answer beyondEnd(const Exchange& exchange, const ConsolePlace& place) {
  auto detail = fmt::format("the console log holds the bytes {} to {}", place.start, place.logEnd);
  auto hint = fmt::format("ask for a byte from {} on, or without offset and Range for all that is kept", place.start);
  auto answer = problemAnswer("range-not-satisfiable", detail, exchange, std::move(hint));
  answer.response.headers.add("Content-Range", fmt::format("bytes */{}", place.logEnd));
  return answer;
}

}  // namespace microvm::http
