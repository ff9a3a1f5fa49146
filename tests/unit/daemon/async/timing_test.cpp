#include "daemon/async/timing.hpp"

#include <unistd.h>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <doctest/doctest.h>

#include "api/core/unique_fd.hpp"
#include "daemon/async/task_group.hpp"

using namespace microvm;

namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
  UniqueFd read;
  UniqueFd write;
};

net::awaitable<void> waitPipe(int fd, Milliseconds limit, std::vector<Errc>* log) {
  const auto ready = co_await waitReadable(fd, limit);
  log->push_back(ready ? Errc::Internal : ready.error().code);
}

using Descriptor = net::posix::stream_descriptor;

/// When the one speaks, the other is closed, and a third is waited for.
net::awaitable<void> closeAndWait(Descriptor* own, Descriptor* other, int fd, std::vector<Errc>* log) {
  auto [ec] = co_await own->async_wait(Descriptor::wait_read, kToken);
  if (ec) co_return;
  other->close();
  const auto ready = co_await waitReadable(fd, Milliseconds(50));
  log->push_back(ready ? Errc::Internal : ready.error().code);
}

}  // namespace

TEST_CASE("a descriptor is not readable because one that was closed a moment ago was") {
  net::io_context context(1);
  TaskGroup group(context.get_executor());
  std::vector<Errc> log;
  const Pipe silent;
  const Pipe one;
  const Pipe another;
  Descriptor first(context, ::dup(one.read.get()));
  Descriptor second(context, ::dup(another.read.get()));

  group.spawn("first", closeAndWait(&first, &second, silent.read.get(), &log));
  group.spawn("second", closeAndWait(&second, &first, silent.read.get(), &log));
  context.poll();
  REQUIRE(::write(one.write.get(), "x", 1) == 1);
  REQUIRE(::write(another.write.get(), "x", 1) == 1);
  context.run();

  CHECK(log == std::vector<Errc>{Errc::Timeout});
}

TEST_CASE("a descriptor that stays silent is a timeout, one that speaks is not") {
  net::io_context context(1);
  TaskGroup group(context.get_executor());
  std::vector<Errc> log;
  const Pipe silent;
  const Pipe speaking;
  REQUIRE(::write(speaking.write.get(), "x", 1) == 1);

  group.spawn("silent", waitPipe(silent.read.get(), Milliseconds(20), &log));
  group.spawn("speaking", waitPipe(speaking.read.get(), Milliseconds(60'000), &log));
  context.run();

  CHECK(log == std::vector<Errc>{Errc::Internal, Errc::Timeout});
  char byte = 0;
  CHECK(::read(speaking.read.get(), &byte, 1) == 1);
}
