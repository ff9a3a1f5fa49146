#include "daemon/service/run/console_watch.hpp"

#include <doctest/doctest.h>

#include "tests/support/coroutines/run_task.hpp"
#include "tests/unit/daemon/service/run/fake_run.hpp"

using namespace microvm;
using namespace microvm::test;

namespace {

struct Fixture {
  Fixture() {
    ConsoleWatch::Listener listener;
    listener.onNews = [this](const ConsoleNews& news) { starts.push_back(news.start); };
    listener.onTruncation = [this](std::string detail) { return tell(std::move(detail)); };
    ConsoleWatchSubject subject{"web", {"/run/1", "/state/1"}};
    watch = std::make_unique<ConsoleWatch>(context.get_executor(), shims, std::move(subject), std::move(listener));
    runUntil(context, [this] { return shims.watches == 1; });
  }
  net::awaitable<void> tell(std::string detail) {
    told.push_back(std::move(detail));
    co_return;
  }
  void hear(std::uint64_t start) {
    ConsoleNews news;
    news.start = start;
    shims.onNews(std::move(news));
    context.restart();
    context.poll();
  }

  std::vector<std::uint64_t> starts;
  std::vector<std::string> told;
  net::io_context context{1};
  FakeShims shims{context.get_executor()};
  std::unique_ptr<ConsoleWatch> watch;
};

}  // namespace

TEST_CASE("what the shim tells is passed on") {
  Fixture f;

  f.hear(0);
  f.hear(0);

  CHECK(f.starts.size() == 2);
  CHECK(f.told.empty());
}

TEST_CASE("bytes that go are told once, however many more go soon after") {
  Fixture f;

  f.hear(100);
  f.hear(4'196);
  f.hear(8'292);

  REQUIRE(f.told.size() == 1);
  CHECK(f.told.front() == "the console log begins at byte 4196 now; 4096 older bytes are gone");
}

TEST_CASE("a connection that is lost is made anew") {
  Fixture f;

  f.shims.lost.notifyAll();

  runUntil(f.context, [&] { return f.shims.watches == 2; });
}

TEST_CASE("after its end nothing is told") {
  Fixture f;
  f.hear(0);

  f.watch.reset();
  f.hear(4'096);

  CHECK(f.starts.size() == 1);
  CHECK(f.told.empty());
}
