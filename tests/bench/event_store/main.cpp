// How many events the store keeps in a second, when many writers each wait until theirs is on the disk. Prints the
// figure, and the one of a single writer.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "daemon/store/sqlite/sqlite_store.hpp"

namespace {

using namespace microvm;

VmEvent someEvent() {
  VmEvent event;
  event.at = now();
  event.vmId = "01939f3e-7d6c-7aaa-8bbb-000000000001";
  event.vmName = "web";
  event.type = "vm.running";
  event.cause = "runner";
  event.detail = "the runner reports that the guest runs";
  return event;
}

net::awaitable<void> write(Store* store, int count, int* failures) {
  for (int i = 0; i < count; ++i) {
    std::vector<VmEvent> events(1, someEvent());
    auto kept = co_await store->append(std::move(events));
    if (!kept) ++*failures;
  }
}

double eventsPerSecond(net::io_context& context, Store& store, int writers, int each) {
  int failures = 0;
  const auto ended = [](const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
  };
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < writers; ++i)
    net::co_spawn(context, write(&store, each, &failures), ended);
  context.run();
  context.restart();
  const std::chrono::duration<double> span = std::chrono::steady_clock::now() - begin;
  return failures == 0 ? writers * each / span.count() : 0;
}

}  // namespace

int main() {
  const auto folder = std::filesystem::temp_directory_path() / ("microvm-event-store-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  net::io_context context(1);
  auto store = openSqliteStore((folder / "microvm.db").string());
  if (!store) return 1;
  const auto many = eventsPerSecond(context, **store, 256, 200);
  const auto one = eventsPerSecond(context, **store, 1, 2'000);
  std::printf("%.0f %.0f\n", many, one);
  store->reset();
  std::filesystem::remove_all(folder);
  return 0;
}
