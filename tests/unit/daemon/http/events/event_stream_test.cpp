// daemon/http/events/event_stream.cpp
#include "daemon/http/events/event_stream.hpp"

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "tests/support/coroutines/run_task.hpp"
#include "tests/support/fake_service/fake_service.hpp"

using namespace microvm;
using namespace microvm::http;
using test::runTask;

namespace {

struct Fixture {
  net::io_context context{1};
  fake::FakeService service{context.get_executor()};

  void happen(const std::string& type) { service.happen(VmEvent{0, {}, "i", "web", type, "guest", ""}); }
  /// Only the newest are kept.
  void prune(std::size_t kept) { service.happened.erase(service.happened.begin(), service.happened.end() - kept); }
  std::shared_ptr<ByteStream> follow(EventForm form, std::optional<std::uint64_t> after, EventFilter filter = {}) {
    EventRequest request;
    request.form = form;
    request.follows = true;
    request.after = after;
    request.heartbeat = Milliseconds(1);
    request.filter = std::move(filter);
    return streamOfEvents(service, std::move(request));
  }
  std::string next(const std::shared_ptr<ByteStream>& stream) { return runTask(context, stream->read()).value(); }
};

}  // namespace

TEST_CASE("a silent stream says that it lives, and where its reader goes on") {
  Fixture fixture;
  fixture.happen("vm.created");
  const auto events = fixture.follow(EventForm::Sse, 1);
  const auto lines = fixture.follow(EventForm::Lines, 1);

  CHECK(fixture.next(events) == "retry: 1000\n\n");
  CHECK(fixture.next(events) == ": heartbeat\nid: 1\n\n");
  CHECK(fixture.next(lines) == "\n");
}

TEST_CASE("what is not wanted moves the place of the reader all the same") {
  Fixture fixture;
  fixture.happen("vm.created");
  fixture.happen("vm.running");
  EventFilter filter;
  filter.kinds = {"vm.stopped"};
  const auto stream = fixture.follow(EventForm::Sse, 0, filter);

  fixture.next(stream);

  CHECK(fixture.next(stream) == ": heartbeat\nid: 2\n\n");
}

TEST_CASE("a reader whose next event is gone is told of the gap, and goes on behind it") {
  Fixture fixture;
  for (int i = 0; i < 5; ++i)
    fixture.happen("vm.running");
  fixture.prune(2);
  const auto stream = fixture.follow(EventForm::Lines, 1);

  const auto heard = fixture.next(stream);

  CHECK(heard.find(R"({"type":"gap","after":1,"next":4,)") == 0);
  CHECK(heard.find(R"("sequence":4)") != std::string::npos);
  CHECK(heard.find(R"("sequence":5)") != std::string::npos);
}

TEST_CASE("a reader that fell behind while it followed is told of the gap too") {
  Fixture fixture;
  fixture.happen("vm.created");
  const auto stream = fixture.follow(EventForm::Sse, 0);
  fixture.next(stream);
  CHECK(fixture.next(stream).find("id: 1\n") == 0);
  for (int i = 0; i < 4; ++i)
    fixture.happen("vm.running");
  fixture.prune(1);

  const auto heard = fixture.next(stream);

  CHECK(heard.find("id: 4\nevent: gap\ndata: {\"type\":\"gap\",\"after\":1,\"next\":5,") == 0);
  CHECK(heard.find("id: 5\n") != std::string::npos);
}

TEST_CASE("a reader that names no place is told of no gap") {
  Fixture fixture;
  for (int i = 0; i < 3; ++i)
    fixture.happen("vm.running");
  fixture.prune(1);
  const auto stream = fixture.follow(EventForm::Lines, std::nullopt);

  CHECK(fixture.next(stream).find(R"({"sequence":3)") == 0);
}

TEST_CASE("a place that was never reached is a gap, and everything that is kept follows") {
  Fixture fixture;
  fixture.happen("vm.created");
  const auto stream = fixture.follow(EventForm::Lines, 700);

  CHECK(fixture.next(stream).find(R"({"type":"gap","after":700,"next":1,)") == 0);
  CHECK(fixture.next(stream).find(R"({"sequence":1)") == 0);
}

TEST_CASE("a reader that is far behind gets everything in pieces") {
  Fixture fixture;
  for (int i = 0; i < 250; ++i)
    fixture.happen("vm.running");
  const auto stream = fixture.follow(EventForm::Lines, 0);
  std::string heard;

  for (int piece = 0; piece < 3; ++piece)
    heard += fixture.next(stream);

  CHECK(std::count(heard.begin(), heard.end(), '\n') == 250);
}
