#include "daemon/shim/stop_ladder.hpp"

#include <algorithm>
#include <csignal>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "daemon/process/unix_socket.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::shim;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const StopLadder::Clock::time_point kStart{};
constexpr const char* kRunning = "{\"state\":\"VirtualMachineStateRunning\"}";
constexpr const char* kPaused = "{\"state\":\"VirtualMachineStatePaused\"}";

/// A runner that is listened to, and what it was sent instead of requests.
struct Runner {
  [[nodiscard]] std::string path() const { return folder.path() + "/vfkit.sock"; }
  StopLadder ladder() {
    return StopLadder(path(), Milliseconds(30'000), [this](int number) { signals.push_back(number); });
  }
  void listen() {
    listener = listenUnix(path());
    REQUIRE(listener);
  }
  /// The first line of the next request and its body; empty when nobody came. It gets this answer, or none.
  std::string asked(const std::string& status = {}, const std::string& body = "{}") {
    auto client = acceptUnix(listener->get());
    if (!client) return {};
    char buffer[4096];
    const auto got = ::read(client->get(), buffer, sizeof buffer);
    const std::string text(buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    const std::string answer = "HTTP/1.1 " + status + "\r\n\r\n" + body;
    if (!status.empty()) CHECK(::write(client->get(), answer.data(), answer.size()) > 0);
    open.push_back(std::move(*client));
    return text.substr(0, text.find(" HTTP")) + " " + text.substr(text.find("\r\n\r\n") + 4);
  }

  test::TempDir folder;
  std::vector<int> signals;
  Result<UniqueFd> listener = UniqueFd();
  std::vector<UniqueFd> open;
};

std::vector<std::string_view> taken(const StopLadder& ladder) {
  std::vector<std::string_view> words;
  for (const auto& each : ladder.taken())
    words.push_back(each.rung);
  return words;
}

using Words = std::vector<std::string_view>;

std::string changeTo(const std::string& state) {
  return "POST /vm/state {\"state\":\"" + state + "\"}";
}

}  // namespace

TEST_CASE("the rungs are Stop, HardStop and SIGKILL, each when its time has come") {
  Runner runner;
  runner.listen();
  auto ladder = runner.ladder();
  CHECK_FALSE(ladder.deadline());

  ladder.begin(kStart);
  CHECK(runner.asked("200 OK", kRunning) == "GET /vm/state ");
  ladder.step(*ladder.deadline());
  CHECK(runner.asked("202 Accepted") == changeTo("Stop"));
  ladder.step(*ladder.deadline());
  CHECK(ladder.deadline() == kStart + seconds(30));
  CHECK(taken(ladder) == Words{"power-button"});

  ladder.step(kStart + seconds(29));
  CHECK(runner.asked().empty());
  ladder.step(kStart + seconds(30));
  CHECK(runner.asked() == changeTo("HardStop"));
  CHECK(runner.signals.empty());

  ladder.step(kStart + seconds(35));
  CHECK(runner.signals == std::vector<int>{SIGKILL});
  CHECK_FALSE(ladder.deadline());
  CHECK(taken(ladder) == Words{"power-button", "hard-stop", "kill"});
}

TEST_CASE("a guest that is paused goes on before it is asked") {
  Runner runner;
  runner.listen();
  auto ladder = runner.ladder();

  ladder.begin(kStart);
  CHECK(runner.asked("200 OK", kPaused) == "GET /vm/state ");
  ladder.step(*ladder.deadline());
  CHECK(runner.asked() == changeTo("Resume"));
  ladder.step(*ladder.deadline());
  CHECK(runner.asked().empty());  // not before the resume is answered ...
  ladder.step(kStart + seconds(3));

  CHECK(runner.asked("202 Accepted") == changeTo("Stop"));  // ... or it has had time enough
}

TEST_CASE("a button that is not taken is pressed again") {
  Runner runner;
  runner.listen();
  auto ladder = runner.ladder();
  ladder.begin(kStart);
  CHECK(runner.asked("200 OK", kRunning) == "GET /vm/state ");
  ladder.step(*ladder.deadline());
  CHECK(runner.asked("500 Internal Server Error") == changeTo("Stop"));
  ladder.step(*ladder.deadline());
  CHECK(runner.asked().empty());

  ladder.step(*ladder.deadline());
  CHECK(runner.asked("200 OK", kRunning) == "GET /vm/state ");
  ladder.step(*ladder.deadline());

  CHECK(runner.asked("202 Accepted") == changeTo("Stop"));
  CHECK(taken(ladder) == Words{"power-button"});
}

TEST_CASE("a runner that does not answer is asked to stop all the same") {
  Runner runner;
  runner.listen();
  auto ladder = runner.ladder();
  ladder.begin(kStart);
  CHECK(runner.asked() == "GET /vm/state ");

  ladder.step(kStart + milliseconds(1'900));
  CHECK(runner.asked().empty());
  ladder.step(kStart + milliseconds(2'000));

  CHECK(runner.asked() == changeTo("Stop"));
}

TEST_CASE("a runner without a socket gets SIGTERM and then SIGKILL") {
  Runner runner;
  auto ladder = runner.ladder();

  ladder.begin(kStart);
  CHECK(runner.signals == std::vector<int>{SIGTERM});
  ladder.step(kStart + seconds(30));

  CHECK(runner.signals == std::vector<int>{SIGTERM, SIGKILL});
  CHECK(taken(ladder) == Words{"power-button", "kill"});
}

TEST_CASE("a ladder begins once") {
  Runner runner;
  auto ladder = runner.ladder();

  ladder.begin(kStart);
  ladder.begin(kStart + seconds(1));

  CHECK(runner.signals.size() == 1);
  CHECK(ladder.deadline() == kStart + seconds(30));
}
