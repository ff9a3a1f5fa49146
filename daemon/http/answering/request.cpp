#include "daemon/http/answering/request.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include <nlohmann/json.hpp>

#include "api/core/text.hpp"
#include "api/wire/json.hpp"

namespace microvm::http {
namespace {

Error usage(std::string detail) {
  return {Errc::Usage, std::move(detail), {}, {}};
}

std::optional<std::uint64_t> parseNumber(std::string_view text) {
  std::uint64_t number = 0;
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Of "wait=N", in any case, with blanks around the = or quotes around the N, as RFC 7240 allows.
std::optional<Milliseconds> waitIn(std::string_view preference) {
  const auto equals = preference.find('=');
  if (equals == std::string_view::npos || !equalsIgnoringCase(trimmed(preference.substr(0, equals)), "wait")) {
    return std::nullopt;
  }
  auto text = trimmed(preference.substr(equals + 1));
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  const bool isNumber = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (!isNumber) return std::nullopt;
  const auto most = static_cast<std::uint64_t>(kLongestWait.count() / 1000);
  return Milliseconds(std::min(parseNumber(text).value_or(most), most) * 1000);
}

/// Thousandths; 0 for what is no weight.
int weightIn(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '1') return 0;
  int weight = (text.front() - '0') * 1'000;
  int unit = 100;
  for (const char digit : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (digit < '0' || digit > '9') return 0;
    weight += (digit - '0') * unit;
    unit /= 10;
  }
  return std::min(weight, 1'000);
}

/// Of the parameters of a media type.
int weightAmong(std::string_view parameters) {
  while (!parameters.empty()) {
    parameters.remove_prefix(1);
    const auto end = std::min(parameters.find(';'), parameters.size());
    const auto one = trimmed(parameters.substr(0, end));
    parameters.remove_prefix(end);
    if (equalsIgnoringCase(one.substr(0, std::min<std::size_t>(2, one.size())), "q=")) return weightIn(one.substr(2));
  }
  return 1'000;
}

std::string quoted(std::string_view name, std::string_view value) {
  return "the query member " + std::string(name) + "=" + std::string(value);
}

Error unknownMember(std::string_view name, std::initializer_list<std::string_view> query) {
  std::string known;
  for (auto member : query)
    known.append(known.empty() ? "" : ", ").append(member);
  auto detail = "the query member " + std::string(name) + " is not known here";
  return {Errc::Usage, detail, known.empty() ? "this path takes none" : "this path takes: " + known, {}};
}

}  // namespace

Result<void> checkShape(const Exchange& exchange, std::initializer_list<std::string_view> query, Body body) {
  const auto& members = exchange.target.query;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& name = members[i].first;
    if (std::find(query.begin(), query.end(), name) == query.end()) return unknownMember(name, query);
    for (std::size_t j = 0; j < i; ++j) {
      if (members[j].first == name) return usage("the query member " + name + " is there twice");
    }
  }
  if (body == Body::None && !exchange.request.body.empty()) return usage("this request takes no body");
  return {};
}

Result<std::optional<std::uint64_t>> queryNumber(const Exchange& exchange, std::string_view name) {
  auto text = exchange.target.find(name);
  if (!text) return std::optional<std::uint64_t>();
  auto number = parseNumber(*text);
  if (!number) return usage(quoted(name, *text) + " is not a whole number");
  return number;
}

Result<bool> queryFlag(const Exchange& exchange, std::string_view name) {
  auto text = exchange.target.find(name);
  if (!text || *text == "false" || *text == "0") return false;
  if (text->empty() || *text == "true" || *text == "1") return true;
  return usage(quoted(name, *text) + " is neither true (or 1) nor false (or 0)");
}

Result<std::optional<Milliseconds>> queryDuration(const Exchange& exchange, std::string_view name) {
  auto text = exchange.target.find(name);
  if (!text) return std::optional<Milliseconds>();
  auto span = parseDuration(*text);
  if (!span) return usage(quoted(name, *text) + " is not a span of time like 30s or 2m");
  return std::optional<Milliseconds>(*span);
}

Result<std::optional<Timestamp>> queryTime(const Exchange& exchange, std::string_view name) {
  auto text = exchange.target.find(name);
  if (!text) return std::optional<Timestamp>();
  if (auto time = parseTimestamp(*text)) return std::optional(*time);
  if (auto span = parseDuration(*text)) return std::optional(now() - *span);
  return usage(quoted(name, *text) + " is not a time like 2026-11-23T10:40:52.123Z or a span like 5m");
}

Result<nlohmann::ordered_json> readBody(const Exchange& exchange) {
  if (auto shape = checkShape(exchange, {}, Body::Json); !shape) return std::move(shape).error();
  if (exchange.request.body.empty()) return nlohmann::ordered_json::object();
  return parseJson(exchange.request.body);
}

Cause causeOf(const Exchange& exchange) {
  Cause cause("user");
  cause.requestId = exchange.requestId;
  cause.user = exchange.caller.user;
  return cause;
}

std::optional<Milliseconds> preferredWait(const Headers& headers) {
  for (const auto& [name, value] : headers.all()) {
    if (!equalsIgnoringCase(name, "Prefer")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      auto end = std::min(rest.find_first_of(",;"), rest.size());
      auto item = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (auto wait = waitIn(item)) return wait;
    }
  }
  return std::nullopt;
}

int acceptedWeight(const Headers& headers, std::string_view type) {
  for (const auto& [name, value] : headers.all()) {
    if (!equalsIgnoringCase(name, "Accept")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto comma = std::min(rest.find(','), rest.size());
      const auto item = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      const auto semicolon = std::min(item.find(';'), item.size());
      if (equalsIgnoringCase(trimmed(item.substr(0, semicolon)), type)) return weightAmong(item.substr(semicolon));
    }
  }
  return 0;
}

std::optional<ByteRange> requestedRange(const Headers& headers) {
  auto value = headers.find("Range");
  constexpr std::string_view kUnit = "bytes=";
  if (!value || !value->starts_with(kUnit)) return std::nullopt;
  auto spec = trimmed(value->substr(kUnit.size()));
  auto dash = spec.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  auto first = parseNumber(spec.substr(0, dash));
  auto last = parseNumber(spec.substr(dash + 1));
  ByteRange range;
  if (dash == 0) {
    if (!last) return std::nullopt;
    range.suffix = last;
    return range;
  }
  bool open = dash + 1 == spec.size();
  if (!first || (!open && (!last || *last < *first))) return std::nullopt;
  range.first = *first;
  range.last = last;
  return range;
}

}  // namespace microvm::http
