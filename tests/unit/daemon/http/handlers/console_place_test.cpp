#include "daemon/http/handlers/console_place.hpp"

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/async/task_group.hpp"
#include "tests/support/fake_service/fake_service.hpp"

using namespace microvm;
using namespace microvm::http;

namespace {

net::awaitable<void> findInto(Service* service, Exchange exchange, bool fromEnd, Result<ConsolePlace>* out) {
  *out = co_await findPlace(*service, std::move(exchange), fromEnd);
}

/// The place in a log that holds the bytes 100 to 110.
Result<ConsolePlace> find(const std::string& query, bool fromEnd) {
  net::io_context io(1);
  TaskGroup group(io.get_executor());
  fake::FakeService service(io.get_executor());
  service.add("web");
  service.logStart = 100;
  service.log = "0123456789";
  Exchange exchange;
  exchange.captures = {"web"};
  exchange.target = *parseTarget("/x" + query);
  Result<ConsolePlace> place;
  group.spawn("find", findInto(&service, std::move(exchange), fromEnd, &place));
  io.run();
  return place;
}

}  // namespace

TEST_CASE("without a wish the place is the oldest byte or the end") {
  CHECK(find("", false)->offset == 100);
  CHECK(find("", true)->offset == 110);
}

TEST_CASE("an offset is kept within the log, and one beyond is told") {
  CHECK(find("?offset=5", false)->offset == 100);
  CHECK(find("?offset=105", true)->offset == 105);
  CHECK_FALSE(find("?offset=110", true)->isBeyond);
  auto beyond = find("?offset=111", true);
  CHECK(beyond->offset == 110);
  CHECK(beyond->isBeyond);
}

TEST_CASE("a tail counts from the end") {
  CHECK(find("?tail=1", false)->offset == 109);
  CHECK(find("?tail=18446744073709551615", false)->offset == 100);
}

TEST_CASE("offset and tail together are refused") {
  CHECK(find("?offset=1&tail=1", true).error().code == Errc::Usage);
}
