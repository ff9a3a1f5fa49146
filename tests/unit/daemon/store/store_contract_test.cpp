// What every Store keeps, run on each of them.
#include <atomic>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/store/memory/memory_store.hpp"
#include "daemon/store/sqlite/sqlite_store.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;

namespace {

namespace fs = std::filesystem;

struct Kind {
  const char* name;
  std::unique_ptr<Store> (*make)(const std::string& folder);
};

std::unique_ptr<Store> makeMemory(const std::string&) {
  return std::make_unique<MemoryStore>();
}
std::unique_ptr<Store> makeSqlite(const std::string& folder) {
  auto store = openSqliteStore(folder + "/microvm.db");
  REQUIRE(store.has_value());
  return std::move(*store);
}
constexpr Kind kKinds[] = {{"memory", makeMemory}, {"sqlite", makeSqlite}};

/// One for all stores: it must outlive their threads, which post the results to it.
net::io_context& loop() {
  static net::io_context context(1);
  return context;
}

template <class T>
Result<T> run(Task<T> task) {
  Result<T> result;
  net::co_spawn(loop(), std::move(task), [&result](const std::exception_ptr& thrown, Result<T> ended) {
    REQUIRE(thrown == nullptr);
    result = std::move(ended);
  });
  loop().run();
  loop().restart();
  return result;
}

/// Runs the body on a fresh store of every kind.
void onEach(const std::function<void(Store&)>& body) {
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    const test::TempDir folder;
    const auto store = kind.make(folder.path());
    body(*store);
  }
}

Timestamp at(std::int64_t milliseconds) {
  return Timestamp(Milliseconds(milliseconds));
}

Vm makeVm(const std::string& id, const std::string& name) {
  Vm vm;
  vm.id = id;
  vm.runId = "0000" + id;
  vm.definition.name = name;
  vm.definition.boot = LinuxBoot{"/k", {}, {}};
  vm.definition.labels = {{"team", "infra"}};
  vm.createdAt = at(1'700'000'000'001);
  vm.updatedAt = at(1'700'000'000'002);
  vm.stateSince = at(1'700'000'000'003);
  return vm;
}

VmEvent makeEvent(const Vm& vm, const std::string& type) {
  return {0, at(1'700'000'000'004), vm.id, vm.definition.name, type, "user", "asked"};
}

}  // namespace

TEST_CASE("what is kept comes back as it was, by name") {
  onEach([](Store& store) {
    Vm web = makeVm("2", "web");
    web.generation = 7;
    web.desired = Desired::Running;
    web.state = State::Running;
    web.reason = "asked by user";
    web.lastExit = ExitRecord{1, {}, at(1'700'000'000'005), "vfkit exited with code 1"};
    const Vm db = makeVm("3", "db");

    REQUIRE(run(store.insert(web, {})).has_value());
    REQUIRE(run(store.insert(db, {})).has_value());

    CHECK(run(store.loadAll()).value() == std::vector<Vm>{db, web});
  });
}

TEST_CASE("a taken name, id or run id is refused and nothing is kept") {
  onEach([](Store& store) {
    const Vm web = makeVm("1", "web");
    REQUIRE(run(store.insert(web, {})).has_value());

    const auto sameName = run(store.insert(makeVm("2", "web"), {makeEvent(web, "vm.created")}));
    const auto sameId = run(store.insert(makeVm("1", "other"), {makeEvent(web, "vm.created")}));

    REQUIRE_FALSE(sameName.has_value());
    CHECK(sameName.error().code == Errc::AlreadyExists);
    REQUIRE_FALSE(sameId.has_value());
    CHECK(sameId.error().code == Errc::AlreadyExists);
    CHECK(run(store.loadAll()).value() == std::vector<Vm>{web});
    CHECK(run(store.events({})).value().events.empty());
  });
}

TEST_CASE("an update changes all but the id, the run id and the creation") {
  onEach([](Store& store) {
    const Vm before = makeVm("1", "web");
    REQUIRE(run(store.insert(before, {})).has_value());
    Vm after = before;
    after.definition.name = "www";
    after.definition.cpus = 4;
    after.generation = 2;
    after.desired = Desired::Running;
    after.state = State::Starting;
    after.reason = "asked by user";
    after.updatedAt = at(5);
    after.stateSince = at(6);
    after.lastExit = ExitRecord{{}, 9, at(7), "killed"};
    Vm asked = after;
    asked.runId = "other";
    asked.createdAt = at(8);

    REQUIRE(run(store.update(asked, {})).has_value());

    CHECK(run(store.loadAll()).value() == std::vector<Vm>{after});
  });
}

TEST_CASE("an update of a broken VM leaves its definition and its state") {
  onEach([](Store& store) {
    const Vm before = makeVm("1", "web");
    REQUIRE(run(store.insert(before, {})).has_value());
    Vm asked = before;
    asked.definition = {};
    asked.definition.name = "web";
    asked.state = State::Broken;
    asked.reason = "unreadable";
    asked.desired = Desired::Running;

    REQUIRE(run(store.update(asked, {})).has_value());

    Vm expected = before;
    expected.desired = Desired::Running;
    CHECK(run(store.loadAll()).value() == std::vector<Vm>{expected});
  });
}

TEST_CASE("an update to a taken name is refused") {
  onEach([](Store& store) {
    REQUIRE(run(store.insert(makeVm("1", "web"), {})).has_value());
    REQUIRE(run(store.insert(makeVm("2", "db"), {})).has_value());

    const auto renamed = run(store.update(makeVm("2", "web"), {}));

    REQUIRE_FALSE(renamed.has_value());
    CHECK(renamed.error().code == Errc::AlreadyExists);
  });
}

TEST_CASE("a removed VM is gone and its events stay") {
  onEach([](Store& store) {
    const Vm web = makeVm("1", "web");
    REQUIRE(run(store.insert(web, {makeEvent(web, "vm.created")})).has_value());

    REQUIRE(run(store.remove("1", {makeEvent(web, "vm.deleted")})).has_value());

    CHECK(run(store.loadAll()).value().empty());
    CHECK(run(store.events({})).value().events.size() == 2);
    CHECK(run(store.insert(web, {})).has_value());
  });
}

TEST_CASE("what is not there cannot be changed or removed, and no event is kept") {
  onEach([](Store& store) {
    const Vm web = makeVm("1", "web");

    const auto updated = run(store.update(web, {makeEvent(web, "vm.running")}));
    const auto removed = run(store.remove("1", {makeEvent(web, "vm.deleted")}));

    REQUIRE_FALSE(updated.has_value());
    CHECK(updated.error().code == Errc::NotFound);
    REQUIRE_FALSE(removed.has_value());
    CHECK(removed.error().code == Errc::NotFound);
    CHECK(run(store.events({})).value().events.empty());
  });
}

TEST_CASE("events come back with growing numbers and can be read by place and VM") {
  onEach([](Store& store) {
    const Vm web = makeVm("1", "web");
    const Vm db = makeVm("2", "db");
    const auto first = run(store.insert(web, {makeEvent(web, "vm.created"), makeEvent(web, "vm.starting")})).value();
    const auto second = run(store.insert(db, {makeEvent(db, "vm.created")})).value();
    REQUIRE(first.size() == 2);
    REQUIRE(second.size() == 1);
    EventQuery ofWeb;
    ofWeb.filter.vmId = "1";
    EventQuery afterFirst;
    afterFirst.after = first[0].sequence;
    EventQuery one;
    one.limit = 1;
    EventQuery afterAll;
    afterAll.after = ~std::uint64_t{0};

    CHECK(first[0].sequence < first[1].sequence);
    CHECK(first[1].sequence < second[0].sequence);
    CHECK(run(store.events({})).value().events == std::vector<VmEvent>{first[0], first[1], second[0]});
    CHECK(run(store.events(ofWeb)).value().events == first);
    CHECK(run(store.events(afterFirst)).value().events == std::vector<VmEvent>{first[1], second[0]});
    CHECK(run(store.events(one)).value().events == std::vector<VmEvent>{first[0]});
    CHECK(run(store.events(afterAll)).value().events.empty());
  });
}

TEST_CASE("a page of events says how far it reaches and what is kept") {
  onEach([](Store& store) {
    const Vm web = makeVm("1", "web");
    const auto kept =
        run(store.append({makeEvent(web, "vm.created"), makeEvent(web, "vm.starting"), makeEvent(web, "vm.running")}))
            .value();
    EventQuery two;
    two.limit = 2;
    EventQuery running;
    running.filter.kinds = {"vm.run*"};
    EventQuery beyond;
    beyond.after = 99;

    const auto cut = run(store.events(two)).value();
    const auto filtered = run(store.events(running)).value();

    CHECK(cut.reached == kept[1].sequence);
    CHECK(cut.oldest == kept[0].sequence);
    CHECK(cut.newest == kept[2].sequence);
    CHECK(filtered.events == std::vector<VmEvent>{kept[2]});
    CHECK(filtered.reached == kept[2].sequence);
    CHECK(run(store.events(beyond)).value().reached == 99);
  });
}

TEST_CASE("an event comes back with its whole cause, its exit and its labels") {
  onEach([](Store& store) {
    VmEvent event = makeEvent(makeVm("1", "web"), "vm.stopped");
    event.cause.requestId = "r1";
    event.cause.user = "alice";
    event.exit = ExitOutcome{std::nullopt, 9};
    event.labels = {{"team", "infra"}};

    const auto kept = run(store.append({event})).value();

    event.sequence = kept[0].sequence;
    CHECK(run(store.events({})).value().events == std::vector<VmEvent>{event});
  });
}

TEST_CASE("events that are seven days older than the newest are forgotten, and only from the beginning") {
  onEach([](Store& store) {
    const auto at = [](int days) {
      VmEvent event = makeEvent(makeVm("1", "web"), "vm.running");
      event.at = Timestamp(std::chrono::hours(24 * (1'000 + days)));
      return event;
    };

    const auto kept = run(store.append({at(0), at(2), at(1), at(8)})).value();

    CHECK(run(store.events({})).value().events == std::vector<VmEvent>{kept[1], kept[2], kept[3]});
  });
}

TEST_CASE("writes that come at once are all kept, in order, and one that fails takes none with it") {
  onEach([](Store& store) {
    const Vm web = makeVm("1", "web");
    REQUIRE(run(store.insert(web, {makeEvent(web, "vm.created")})));
    std::vector<std::uint64_t> sequences;
    int failures = 0;
    const auto count = [&](const std::exception_ptr& thrown, Result<std::vector<VmEvent>> kept) {
      REQUIRE(thrown == nullptr);
      if (!kept) ++failures;
      if (kept) sequences.push_back(kept->front().sequence);
    };
    for (int i = 0; i < 600; ++i)
      net::co_spawn(loop(), store.append({makeEvent(web, "vm.running")}), count);
    net::co_spawn(loop(), store.insert(makeVm("2", "web"), {makeEvent(web, "vm.created")}), count);
    net::co_spawn(loop(), store.update(web, {makeEvent(web, "vm.stopped")}), count);
    loop().run();
    loop().restart();

    CHECK(failures == 1);
    REQUIRE(sequences.size() == 601);
    for (std::size_t i = 0; i < sequences.size(); ++i)
      REQUIRE(sequences[i] == i + 2);
    EventQuery all;
    all.limit = 1'000;
    CHECK(run(store.events(all)).value().events.back().type == "vm.stopped");
  });
}

TEST_CASE("whoever listens hears of every event that is kept, in order") {
  onEach([](Store& store) {
    std::vector<std::uint64_t> heard;
    store.listen(&heard, [&](const std::vector<VmEvent>& events) {
      for (const VmEvent& event : events)
        heard.push_back(event.sequence);
    });
    const Vm web = makeVm("1", "web");

    const auto first = run(store.insert(web, {makeEvent(web, "vm.created"), makeEvent(web, "vm.starting")})).value();
    const auto second = run(store.remove("1", {makeEvent(web, "vm.deleted")})).value();
    CHECK_FALSE(run(store.remove("1", {makeEvent(web, "vm.deleted")})));

    CHECK(heard == std::vector<std::uint64_t>{first[0].sequence, first[1].sequence, second[0].sequence});
  });
}

TEST_CASE("events alone are kept too") {
  onEach([](Store& store) {
    const VmEvent event = makeEvent(makeVm("1", "web"), "vm.image-grown");

    const auto kept = run(store.append({event, event})).value();

    CHECK(run(store.events({})).value().events == kept);
    CHECK(kept.size() == 2);
    CHECK(kept[0].sequence < kept[1].sequence);
  });
}

TEST_CASE("the newest ten thousand events are kept and numbers go on") {
  onEach([](Store& store) {
    const Vm web = makeVm("1", "web");
    REQUIRE(run(store.insert(web, {})).has_value());
    const std::vector<VmEvent> many(4'000, makeEvent(web, "vm.running"));
    std::uint64_t last = 0;
    for (int i = 0; i < 3; ++i)
      last = run(store.update(web, many)).value().back().sequence;
    EventQuery all;
    all.limit = 20'000;

    const auto kept = run(store.events(all)).value().events;

    REQUIRE(kept.size() == 10'000);
    CHECK(kept.back().sequence == last);
    CHECK(kept.front().sequence == last - 9'999);
  });
}

TEST_CASE("what a run was started with is kept beside the definition") {
  onEach([](Store& store) {
    Vm web = makeVm("2", "web");
    REQUIRE(run(store.insert(web, {})).has_value());
    web.launched = web.definition;
    web.definition.cpus = 4;
    web.definition.isProtected = true;

    REQUIRE(run(store.update(web, {})).has_value());
    CHECK(run(store.loadAll()).value() == std::vector<Vm>{web});
    web.launched.reset();
    REQUIRE(run(store.update(web, {})).has_value());

    CHECK(run(store.loadAll()).value() == std::vector<Vm>{web});
  });
}

TEST_CASE("answers are kept for a day, by their keys") {
  onEach([](Store& store) {
    const KeptAnswer first{"a", "digest", at(1'700'000'000'000), ""};
    KeptAnswer answered = first;
    answered.text = "{}";
    const KeptAnswer again{"a", "other", at(1'700'000'000'005), ""};
    const KeptAnswer other{"b", "digest", at(1'700'000'000'001), "{}"};
    const KeptAnswer late{"c", "digest", at(1'700'086'400'001), "{}"};

    CHECK_FALSE(run(store.beginAnswer(first, at(0))).value());
    CHECK(run(store.beginAnswer(again, at(0))).value() == first);
    REQUIRE(run(store.saveAnswer(answered)));
    REQUIRE(run(store.saveAnswer(other)));

    CHECK(run(store.beginAnswer(again, first.at)).value() == answered);
    CHECK_FALSE(run(store.beginAnswer(again, at(1'700'000'000'001))).value());
    CHECK(run(store.beginAnswer(first, at(0))).value() == again);
    REQUIRE(run(store.saveAnswer(answered)));
    REQUIRE(run(store.saveAnswer(late)));
    CHECK_FALSE(run(store.beginAnswer(again, at(0))).value());
    CHECK(run(store.beginAnswer(other, at(0))).value() == other);
  });
}
