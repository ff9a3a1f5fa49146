#include "daemon/init/notify.hpp"

#include <cstring>
#include <map>
#include <sys/socket.h>
#include <sys/un.h>

#include <doctest/doctest.h>

#include "tests/support/temp_dir.hpp"

using namespace microvm;
using test::TempDir;

namespace {

Environment environmentOf(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

/// Stands in for systemd.
class Listener {
public:
  explicit Listener(const std::string& path, char first = '/') : fd_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    address.sun_path[0] = first;
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    REQUIRE(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  }
  [[nodiscard]] std::string next() const {
    char buffer[1024];
    const auto got = ::recv(fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    return got < 0 ? "nothing" : std::string(buffer, static_cast<std::size_t>(got));
  }

private:
  UniqueFd fd_;
};

}  // namespace

TEST_CASE("messages arrive at the socket that is named") {
  const TempDir folder;
  const Listener listener(folder / "notify");
  Notifier notifier(environmentOf({{"NOTIFY_SOCKET", folder / "notify"}}));

  notifier.send("READY=1");

  CHECK(notifier.isWanted());
  CHECK(listener.next() == "READY=1");
}

TEST_CASE("a name that begins with @ is one without a file") {
  const TempDir folder;
  const auto name = "@" + folder.path();
  const Listener listener(name, '\0');
  Notifier notifier(environmentOf({{"NOTIFY_SOCKET", name}}));

  notifier.send("READY=1");

  CHECK(listener.next() == "READY=1");
}

TEST_CASE("a status that has not changed is not said again") {
  const TempDir folder;
  const Listener listener(folder / "notify");
  Notifier notifier(environmentOf({{"NOTIFY_SOCKET", folder / "notify"}}));

  notifier.status("1 VM is running");
  notifier.status("1 VM is running");
  notifier.status("no VM is running");

  CHECK(listener.next() == "STATUS=1 VM is running");
  CHECK(listener.next() == "STATUS=no VM is running");
  CHECK(listener.next() == "nothing");
}

TEST_CASE("without a listener nothing is said and nothing fails") {
  for (const auto& value : {std::string(), std::string("relative"), "/" + std::string(200, 'x')}) {
    Notifier notifier(environmentOf({{"NOTIFY_SOCKET", value}}));
    notifier.send("READY=1");
    notifier.status("fine");
    CHECK_FALSE(notifier.isWanted());
  }
  Notifier gone(environmentOf({{"NOTIFY_SOCKET", "/nonexistent/notify"}}));
  gone.send("READY=1");
}

TEST_CASE("a watchdog is fed twice in its time, if it is ours") {
  const auto interval = [](std::map<std::string, std::string> variables) {
    return watchdogInterval(environmentOf(std::move(variables)), 42);
  };

  CHECK(interval({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "42"}}) == Milliseconds(15'000));
  CHECK(interval({{"WATCHDOG_USEC", "30000000"}}) == Milliseconds(15'000));
  CHECK(interval({{"WATCHDOG_USEC", "10"}}) == Milliseconds(1));
  CHECK_FALSE(interval({}));
  CHECK_FALSE(interval({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "41"}}));
  CHECK_FALSE(interval({{"WATCHDOG_USEC", "0"}}));
  CHECK_FALSE(interval({{"WATCHDOG_USEC", "soon"}}));
}
