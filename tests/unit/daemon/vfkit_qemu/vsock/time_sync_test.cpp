#include "daemon/vfkit_qemu/vsock/time_sync.hpp"

#include <ctime>
#include <optional>
#include <unistd.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "daemon/async/task_group.hpp"
#include "daemon/process/descriptor.hpp"
#include "tests/support/coroutines/run_task.hpp"
#include "tests/unit/daemon/vfkit_qemu/vsock/socket_vsock.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;

namespace {

constexpr std::uint32_t kPort = 1234;
const Log kQuiet(vfkit::Verbosity::Error);

/// What the guest's agent is told, once it is.
std::string told(net::io_context& context, const UniqueFd& agent) {
  std::optional<UniqueFd> connection;
  Heard heard;
  test::runUntil(context, [&] {
    if (!connection) {
      auto accepted = acceptUnix(agent.get());
      if (accepted) connection = *std::move(accepted);
    }
    if (connection) hear(connection->get(), heard);
    return heard.text.ends_with("\n");
  });
  return heard.text;
}

}  // namespace

TEST_CASE("the guest is told the time at every jump of the clock, also after one that it did not hear of") {
  net::io_context context{1};
  SocketVsock vsock;
  auto jumps = test::must(makePipe());
  const int jump = jumps.write.get();
  TaskGroup tasks(context.get_executor());
  tasks.spawn("timesync", keepTimeInSync(std::move(jumps.read), vsock, kPort, kQuiet));
  REQUIRE(::write(jump, "12345678", 8) == 8);
  context.run_for(std::chrono::milliseconds(20));
  const auto agent = test::must(listenUnix(vsock.guestPort(kPort)));

  REQUIRE(::write(jump, "12345678", 8) == 8);
  const auto message = nlohmann::json::parse(told(context, agent));

  CHECK(message.at("execute") == "guest-set-time");
  const auto seconds = message.at("arguments").at("time").get<std::int64_t>() / 1000000000;
  CHECK(seconds <= std::time(nullptr));
  CHECK(seconds > std::time(nullptr) - 60);
}
