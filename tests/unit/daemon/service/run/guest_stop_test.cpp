#include "daemon/service/run/guest_stop.hpp"

#include <doctest/doctest.h>

#include "tests/support/coroutines/run_task.hpp"
#include "tests/unit/daemon/service/run/fake_run.hpp"

using namespace microvm;
using namespace microvm::test;

namespace {

constexpr StopSettings kQuick{Milliseconds(20), true};

struct Fixture {
  GuestStop::Listener listener() {
    GuestStop::Listener made;
    made.note = [this](std::string type, std::string) { return note(std::move(type)); };
    made.onExpiry = [this] { ++expiries; };
    return made;
  }
  net::awaitable<void> note(std::string type) {
    notes.push_back(std::move(type));
    co_return;
  }
  void until(const std::function<bool()>& holds) { runUntil(context, holds); }
  /// Everything that can go on without waiting has.
  void settle() {
    context.restart();
    context.poll();
  }

  std::vector<std::string> notes;
  int expiries = 0;
  net::io_context context{1};
  FakeRunner runner;
  FakeShims shims{context.get_executor()};
  GuestStop stop{{context.get_executor(), runner, shims}, {"web", {"/run/1", "/state/1"}}, listener()};
};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a stop begins with the power button, and its end tells when its time is over") {
  Fixture f;

  f.stop.begin(kQuick, "user");
  f.until([&] { return f.expiries == 1; });

  CHECK(f.runner.asked == Words{"stop"});
  CHECK(f.notes == Words{"vm.power-button"});
  CHECK(f.stop.isGraceful());
  CHECK(f.stop.cause() == Cause("user"));
}

TEST_CASE("a paused guest is resumed before it is asked") {
  Fixture f;
  f.runner.now = RunnerState::Paused;

  f.stop.begin(kQuick, "user");
  f.until([&] { return !f.notes.empty(); });

  CHECK(f.runner.asked == Words{"resume", "stop"});
}

TEST_CASE("a button that is not taken is pressed again") {
  Fixture f;
  f.runner.changed = Error{Errc::Unreachable, "nobody listens", {}, {}};

  f.stop.begin({Milliseconds(5'000), true}, "user");
  f.until([&] { return !f.runner.asked.empty(); });
  f.runner.changed = {};
  f.until([&] { return !f.notes.empty(); });

  CHECK(f.runner.asked.size() > 1);
}

TEST_CASE("each rung is firmer than the one before, and after the last there is none") {
  Fixture f;
  f.stop.begin(kQuick, "user");

  CHECK(f.stop.escalate());
  CHECK_FALSE(f.stop.isGraceful());
  f.until([&] { return f.runner.asked == Words{"hard-stop"}; });
  CHECK(f.stop.escalate());
  f.until([&] { return f.shims.kills == 1; });
  f.settle();

  CHECK(f.notes == Words{"vm.hard-stop", "vm.kill"});
  CHECK_FALSE(f.stop.escalate());
}

TEST_CASE("a stop that is not to escalate has one rung") {
  Fixture f;

  f.stop.begin({Milliseconds(20), false}, "user");

  CHECK_FALSE(f.stop.escalate());
}

TEST_CASE("a stop during the launch waits for the runner") {
  Fixture f;
  f.stop.reach(RunStage::Launching);

  f.stop.begin(kQuick, "user");
  f.settle();
  CHECK(f.runner.asked.empty());
  f.stop.reach(RunStage::RunnerThere);
  f.until([&] { return !f.notes.empty(); });

  CHECK(f.runner.asked == Words{"stop"});
}

TEST_CASE("a stop that is given up tells nothing any more") {
  Fixture f;
  f.stop.begin(kQuick, "user");

  f.stop.rest();
  f.settle();

  CHECK(f.notes.empty());
  CHECK_FALSE(f.stop.isGraceful());
  CHECK_FALSE(f.stop.escalate());
}
