#include "daemon/http/console/console_place.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/async/task_group.hpp"
#include "tests/support/fake_service/fake_service.hpp"

using namespace microvm;
using namespace microvm::http;

namespace {

constexpr auto kOldest = DefaultPlace::Oldest;
constexpr auto kEnd = DefaultPlace::End;

net::awaitable<void> findInto(Service* service, ConsoleQuery query, DefaultPlace byDefault, Result<ConsolePlace>* out) {
  *out = co_await findPlace(*service, "web", query, byDefault);
}

Timestamp second(int number) {
  return Timestamp(Milliseconds(1000 * number));
}

/// The place in a log that holds the bytes 100 to 110, of three boots with a mark each.
Result<ConsolePlace> find(const ConsoleQuery& query, DefaultPlace byDefault) {
  net::io_context io(1);
  TaskGroup group(io.get_executor());
  fake::FakeService service(io.get_executor());
  service.add("web");
  service.logStart = 100;
  service.log = "0123456789";
  for (int i = 0; i < 3; ++i) {
    service.times.boots.push_back(
        {static_cast<std::uint64_t>(5 + i), static_cast<std::uint64_t>(98 + 4 * i), second(10 * i)});
    service.times.marks.push_back({static_cast<std::uint64_t>(98 + 4 * i), second(10 * i + 1)});
  }
  Result<ConsolePlace> place;
  group.spawn("find", findInto(&service, query, byDefault, &place));
  io.run();
  return place;
}

}  // namespace

TEST_CASE("without a wish the place is the oldest byte or the end") {
  CHECK(find({}, kOldest)->offset == 100);
  CHECK(find({}, kEnd)->offset == 110);
}

TEST_CASE("an offset is kept within the log, and one beyond is told") {
  CHECK(find({.offset = 5}, kOldest)->offset == 100);
  CHECK(find({.offset = 105}, kEnd)->offset == 105);
  CHECK_FALSE(find({.offset = 110}, kEnd)->isBeyond);
  auto beyond = find({.offset = 111}, kEnd);
  CHECK(beyond->offset == 110);
  CHECK(beyond->isBeyond);
}

TEST_CASE("a tail counts from the end") {
  CHECK(find({.tail = 1}, kOldest)->offset == 109);
  CHECK(find({.tail = 1}, kEnd)->offset == 109);
  CHECK(find({.tail = ~std::uint64_t{0}}, kOldest)->offset == 100);
}

TEST_CASE("a boot bounds the place at both ends, as far as it is kept") {
  const auto bounds = [](std::int64_t boot) {
    const auto place = find({.boot = boot}, kEnd);
    return std::pair(place->offset, place->end);
  };

  CHECK(bounds(0) == std::pair<std::uint64_t, std::uint64_t>(106, 110));
  CHECK(bounds(-1) == std::pair<std::uint64_t, std::uint64_t>(102, 106));
  CHECK(bounds(5) == std::pair<std::uint64_t, std::uint64_t>(100, 102));
  CHECK(find({.tail = 1, .boot = -1}, kOldest)->offset == 105);
  CHECK(find({.tail = 50, .boot = -1}, kOldest)->offset == 102);
  CHECK(find({.boot = -1}, kOldest)->logEnd == 110);
}

TEST_CASE("a boot that is not known is not found, with those that are") {
  for (const std::int64_t boot : {std::int64_t{4}, std::int64_t{8}, std::int64_t{-3}, INT64_MIN, INT64_MAX}) {
    const auto place = find({.boot = boot}, kOldest);
    CHECK(place.error().code == Errc::NotFound);
    CHECK(place.error().detail.find("it knows 5 to 7") != std::string::npos);
  }
}

TEST_CASE("a time begins with the first byte written then or later, and ends before what was written after") {
  CHECK(find({.since = second(0)}, kEnd)->offset == 100);
  CHECK(find({.since = second(11)}, kEnd)->offset == 102);
  CHECK(find({.since = second(12)}, kEnd)->offset == 106);
  CHECK(find({.since = second(22)}, kOldest)->offset == 110);
  CHECK(find({.until = second(11)}, kOldest)->end == 106);
  CHECK(find({.until = second(10)}, kOldest)->end == 102);
  CHECK(find({.until = second(99)}, kOldest)->end == 110);
  CHECK(find({.since = second(21), .until = second(5)}, kOldest)->offset == 102);
}
