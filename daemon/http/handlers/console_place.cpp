#include "daemon/http/handlers/console_place.hpp"

#include <algorithm>

#include "daemon/http/answering/request.hpp"

namespace microvm::http {

Task<ConsolePlace> findPlace(Service& service, Exchange exchange, bool fromEnd) {
  auto offset = queryNumber(exchange, "offset");
  if (!offset) co_return std::move(offset).error();
  auto tail = queryNumber(exchange, "tail");
  if (!tail) co_return std::move(tail).error();
  if (*offset && *tail)
    co_return Error{Errc::Usage, "of the query members offset and tail only one can be given", {}, {}};
  auto kept = co_await service.consoleLog(exchange.captures[0], 0, 0);
  if (!kept) co_return std::move(kept).error();
  ConsolePlace place;
  place.start = kept->start;
  place.end = kept->end;
  auto wanted = fromEnd ? place.end : place.start;
  if (*tail) wanted = place.end - std::min(**tail, place.end);
  if (*offset) wanted = **offset;
  place.isBeyond = wanted > place.end;
  place.offset = std::clamp(wanted, place.start, std::max(place.start, place.end));
  co_return place;
}

}  // namespace microvm::http
