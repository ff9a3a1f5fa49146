#include "daemon/store/sqlite/write_queue.hpp"

#include <doctest/doctest.h>

#include "daemon/async/task_group.hpp"
#include "daemon/store/sqlite/sqlite_store.hpp"
#include "tests/support/coroutines/run_task.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/daemon/store/sqlite/failing_vfs.hpp"

using namespace microvm;

namespace {

constexpr int kAtOnce = 100;

struct Fixture {
  const test::TempDir folder;
  const test::FailingVfs vfs;
  net::io_context context{1};
  std::unique_ptr<Store> store = std::move(*openSqliteStore(folder / "microvm.db"));
  int done = 0;

  /// Begins one write a number and waits for the end of all; how often the disk was flushed for them.
  int flushesOf(const std::function<Task<void>(Store&, std::string)>& write) {
    const int before = test::FailingVfs::flushes();
    for (int i = 0; i < kAtOnce; ++i) {
      net::co_spawn(context, write(*store, std::to_string(i)), [this](const std::exception_ptr&, Result<void> ended) {
        REQUIRE(ended);
        ++done;
      });
    }
    test::runUntil(context, [this] { return done == kAtOnce; });
    return test::FailingVfs::flushes() - before;
  }
};

VmEvent created() {
  VmEvent event;
  event.type = "vm.created";
  return event;
}

Task<void> createOnce(Store& store, std::string number) {
  Vm vm;
  vm.id = vm.runId = vm.definition.name = "vm" + number;
  vm.definition.boot = LinuxBoot{"/k", {}, {}};
  KeptAnswer answer{"key" + number, "digest", Timestamp(Milliseconds(1)), ""};
  KeptAnswer begun = answer;
  auto known = co_await store.beginAnswer(std::move(begun), Timestamp());
  if (!known) co_return std::move(known).error();
  std::vector<VmEvent> events;
  events.push_back(created());
  auto kept = co_await store.insert(std::move(vm), std::move(events));
  if (!kept) co_return std::move(kept).error();
  answer.text = "{}";
  co_return co_await store.saveAnswer(std::move(answer));
}

Task<void> operate(Store& store, std::string number) {
  VmOperation operation;
  operation.id = std::move(number);
  co_return co_await store.saveOperation(std::move(operation));
}

struct Progress {
  bool begun = false;
  bool ended = false;
};

Task<void> writeAndWait(Store& store, Condition& never, Progress& progress) {
  std::vector<VmEvent> events;
  events.push_back(created());
  progress.begun = true;
  auto kept = co_await store.append(std::move(events));
  progress.ended = kept.has_value();
  co_return co_await never.wait();
}

net::awaitable<void> ignoring(Task<void> task) {
  (void)co_await std::move(task);
}

}  // namespace

TEST_CASE("many creates at once, each with a key and its answer, share few commits") {
  Fixture f;

  const int flushes = f.flushesOf(createOnce);

  CHECK(flushes > 0);
  CHECK(flushes < kAtOnce / 2);
  KeptAnswer again{"key7", "digest", Timestamp(Milliseconds(1)), ""};
  CHECK(test::runTask(f.context, f.store->beginAnswer(again, Timestamp())).value()->text == "{}");
  CHECK(test::runTask(f.context, f.store->loadAll()).value().size() == kAtOnce);
}

TEST_CASE("so do operations that begin at once") {
  Fixture f;

  const int flushes = f.flushesOf(operate);

  CHECK(flushes > 0);
  CHECK(flushes < kAtOnce / 2);
  CHECK(test::runTask(f.context, f.store->operations()).value().size() == kAtOnce);
}

TEST_CASE("a write is carried out whoever cancels its writer, who is cancelled afterwards") {
  for (const auto reached : {&Progress::begun, &Progress::ended}) {
    Fixture f;
    Condition never(f.context.get_executor());
    Progress progress;
    TaskGroup group(f.context.get_executor());
    group.spawn("writer", ignoring(writeAndWait(*f.store, never, progress)));

    test::runUntil(f.context, [&] { return progress.*reached; });
    group.cancel();
    test::runUntil(f.context, [&] { return group.size() == 0; });

    CHECK(test::runTask(f.context, f.store->events({})).value().events.size() == 1);
  }
}
