#include "daemon/http/console/console_stream.hpp"

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/async/task_group.hpp"
#include "tests/support/fake_service/fake_service.hpp"

using namespace microvm;
using namespace microvm::http;

namespace {

net::awaitable<void> readAllInto(std::shared_ptr<ByteStream> stream, Result<std::string>* out) {
  std::string all;
  for (;;) {
    auto bytes = co_await stream->read();
    if (!bytes) {
      *out = std::move(bytes).error();
      co_return;
    }
    if (bytes->empty()) break;
    all += *bytes;
  }
  *out = std::move(all);
}

struct World {
  World() { service.add("web"); }
  Result<std::string> readAll(std::uint64_t offset, std::uint64_t end) {
    Result<std::string> all;
    group.spawn("read", readAllInto(streamOfLog(service, "web", offset, end), &all));
    io.run();
    return all;
  }
  net::io_context io{1};
  TaskGroup group{io.get_executor()};
  fake::FakeService service{io.get_executor()};
};

}  // namespace

TEST_CASE("a log is streamed from its offset to the end that was told, however it grows") {
  World world;
  world.service.log = std::string(600'000, 'a') + "bcd";

  CHECK(*world.readAll(599'999, 600'002) == "abc");
}

TEST_CASE("a log that is rotated away under its reader breaks off") {
  World world;
  world.service.logStart = 50;
  world.service.log = std::string(100, 'a');

  auto all = world.readAll(10, 100);

  REQUIRE_FALSE(all);
  CHECK(all.error().code == Errc::Io);
}
