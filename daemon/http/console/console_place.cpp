#include "daemon/http/console/console_place.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace microvm::http {
namespace {

struct Bounds {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

Error unknownBoot(std::int64_t boot, const ConsoleTimes& times) {
  if (times.boots.empty()) return {Errc::NotFound, "the console log knows of no boot", "start the VM", {}};
  auto detail = fmt::format("the console log does not know boot {}; it knows {} to {}", boot,
                            times.boots.front().number, times.boots.back().number);
  return {Errc::NotFound, std::move(detail), "0 is the newest, -1 the one before", {}};
}

Result<Bounds> boundsOfBoot(std::int64_t boot, const ConsoleTimes& times, std::uint64_t logEnd) {
  const auto& boots = times.boots;
  const auto wanted = [&] {
    if (boot > 0)
      return std::find_if(boots.begin(), boots.end(),
                          [&](const auto& each) { return each.number == static_cast<std::uint64_t>(boot); });
    const auto back = static_cast<std::uint64_t>(-(boot + 1)) + 2;  // never overflows
    return back > boots.size() ? boots.end() : boots.end() - static_cast<std::ptrdiff_t>(back);
  }();
  if (wanted == boots.end()) return unknownBoot(boot, times);
  return Bounds{wanted->offset, wanted + 1 == boots.end() ? logEnd : (wanted + 1)->offset};
}

/// Of the first byte written at this time or later; for `after` only later.
std::uint64_t offsetAt(const ConsoleTimes& times, Timestamp time, bool after, std::uint64_t logEnd) {
  for (const auto& mark : times.marks) {
    if (after ? mark.at > time : mark.at >= time) return mark.offset;
  }
  return logEnd;
}

}  // namespace

Task<ConsolePlace> findPlace(Service& service, std::string vm, ConsoleQuery query, DefaultPlace byDefault) {
  auto kept = co_await service.consoleLog(vm, 0, 0);
  if (!kept) co_return std::move(kept).error();
  ConsolePlace place;
  place.start = kept->start;
  place.logEnd = kept->end;
  Bounds bounds{kept->start, kept->end};
  if (query.since || query.until || query.boot) {
    auto times = co_await service.consoleTimes(std::move(vm));
    if (!times) co_return std::move(times).error();
    if (query.boot) {
      auto boot = boundsOfBoot(*query.boot, *times, kept->end);
      if (!boot) co_return std::move(boot).error();
      bounds = *boot;
    }
    if (query.since) bounds.begin = std::max(bounds.begin, offsetAt(*times, *query.since, false, kept->end));
    if (query.until) bounds.end = std::min(bounds.end, offsetAt(*times, *query.until, true, kept->end));
  }
  place.end = std::max(bounds.end, place.start);
  const bool atEnd = byDefault == DefaultPlace::End && !query.since && !query.boot;
  auto wanted = atEnd ? place.end : std::min(bounds.begin, place.end);
  if (query.tail)
    wanted = std::max(wanted == place.end ? 0 : bounds.begin, place.end - std::min(*query.tail, place.end));
  if (query.offset) wanted = *query.offset;
  place.isBeyond = wanted > place.end;
  place.offset = std::clamp(wanted, place.start, place.end);
  co_return place;
}

}  // namespace microvm::http
