// daemon/service/events/event_feed.cpp
#include "daemon/service/events/event_feed.hpp"

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/store/memory/memory_store.hpp"
#include "tests/support/coroutines/run_task.hpp"

using namespace microvm;
using test::runTask;

namespace {

struct Fixture {
  net::io_context context{1};
  MemoryStore store;
  EventFeed feed{context.get_executor(), store};

  void happen(std::size_t count) {
    VmEvent event;
    event.type = "vm.running";
    REQUIRE(runTask(context, store.append(std::vector<VmEvent>(count, event))));
  }
  std::vector<std::uint64_t> numbersAfter(std::uint64_t after, std::size_t limit) {
    EventQuery query;
    query.after = after;
    query.limit = limit;
    std::vector<std::uint64_t> numbers;
    const auto page = runTask(context, feed.read(query)).value();
    for (const VmEvent& event : page.events)
      numbers.push_back(event.sequence);
    return numbers;
  }
};

}  // namespace

TEST_CASE("a reader gets what comes after its place, old or new, and no more than it wants") {
  Fixture fixture;
  fixture.happen(2'000);
  fixture.happen(2);

  CHECK(fixture.numbersAfter(0, 3) == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(fixture.numbersAfter(1'999, 2) == std::vector<std::uint64_t>{2'000, 2'001});
  CHECK(fixture.numbersAfter(2'001, 10) == std::vector<std::uint64_t>{2'002});
  CHECK(fixture.numbersAfter(2'002, 10).empty());
  CHECK(fixture.numbersAfter(5'000, 10).empty());
}

TEST_CASE("a whole walk in small steps sees every event once and in order") {
  Fixture fixture;
  for (int i = 0; i < 700; ++i)
    fixture.happen(1);
  std::uint64_t place = 0;
  std::uint64_t seen = 0;

  while (place < 700) {
    for (const auto number : fixture.numbersAfter(place, 7)) {
      REQUIRE(number == ++seen);
      place = number;
    }
  }

  CHECK(seen == 700);
}

TEST_CASE("a wait ends with the next event, and at once when there is one already") {
  Fixture fixture;
  fixture.happen(1);
  test::Started<Result<void>> waiting(fixture.context, fixture.feed.wait(1, Milliseconds(10'000)));
  fixture.context.poll();
  CHECK_FALSE(waiting.hasEnded());

  fixture.happen(1);

  CHECK(waiting.finish());
  CHECK(runTask(fixture.context, fixture.feed.wait(1, Milliseconds(10'000))));
}

TEST_CASE("a wait for what does not happen ends at its limit") {
  Fixture fixture;

  const auto waited = runTask(fixture.context, fixture.feed.wait(0, Milliseconds(1)));

  CHECK(waited.error().code == Errc::Timeout);
}

TEST_CASE("a filter moves a reader past what it does not want") {
  Fixture fixture;
  fixture.happen(5);
  EventQuery query;
  query.after = 2;
  query.filter.kinds = {"vm.stopped"};

  const auto page = runTask(fixture.context, fixture.feed.read(query)).value();

  CHECK(page.events.empty());
  CHECK(page.reached == 5);
}
