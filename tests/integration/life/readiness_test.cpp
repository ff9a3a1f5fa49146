// Signs of readiness through the real daemon and shim: what the console says, what listens, and what comes of it.
#include <arpa/inet.h>
#include <filesystem>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>

#include <doctest/doctest.h>

#include "daemon/process/unix_socket.hpp"
#include "tests/support/daemon.hpp"

using namespace microvm::test;

namespace {

/// A service on a port of the host, as a forwarded one of a guest would be. The kernel accepts for it.
class Service {
public:
  Service() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(socket_.get(), 16) == 0);
    REQUIRE(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    address_ = "127.0.0.1:" + std::to_string(::ntohs(address.sin_port));
  }
  [[nodiscard]] const std::string& address() const { return address_; }
  void end() { socket_.reset(); }

private:
  microvm::UniqueFd socket_;
  std::string address_;
};

Answer await(const Daemon& daemon, const std::string& goal, const std::string& timeout = "20s") {
  return daemon.api().get("/v1/vms/web/wait?for=" + goal + "&timeout=" + timeout);
}

Json conditionOf(const Json& vm, const std::string& type) {
  for (const auto& condition : vm.at("status").at("conditions")) {
    if (condition.at("type") == type) return condition;
  }
  return nullptr;
}

std::vector<std::string> changesOf(const Daemon& daemon) {
  std::vector<std::string> details;
  const auto listed = daemon.api().get("/v1/events?limit=1000&vm=web&kind=vm.condition").json();
  for (const auto& event : listed.at("items"))
    details.push_back(event.at("cause").get<std::string>() + ": " + event.at("detail").get<std::string>());
  return details;
}

ProgramResult ctl(const Daemon& daemon, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--host", "unix://" + daemon.api().socket()});
  return runProgram(builtProgram("microvmctl"), std::move(arguments));
}

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a VM is ready when its console says so, and again for the next daemon") {
  Daemon daemon;
  daemon.script({{"console", {{"boot", "booting\r\nweb login: "}}}});
  daemon.create("web", {{"readiness", {{"console", "^web login:"}}}});

  const auto started = ctl(daemon, {"start", "--ready", "web"});

  REQUIRE_MESSAGE(started.code == 0, started.err);
  CHECK(mentions(started.err, "\"web\" is ready"));
  const auto console = conditionOf(daemon.api().vm("web"), "Console");
  CHECK(console.at("status") == "True");
  CHECK(console.at("message") == R"(the console said "web login: ")");
  waitUntil("the events", [&] { return changesOf(daemon).size() == 2; });
  CHECK(changesOf(daemon)[0] == R"(readiness: Console is True: the console said "web login: ")");
  CHECK(changesOf(daemon)[1] == "readiness: Ready is True: every sign is there");
  CHECK(mentions(ctl(daemon, {"list"}).out, "yes"));

  daemon.kill9();
  daemon.start();
  const auto again = await(daemon, "ready");
  REQUIRE_MESSAGE(again.status == 200, again.text);
  CHECK(conditionOf(again.json(), "Console").at("message") == console.at("message"));
}

TEST_CASE("what an earlier boot said does not count") {
  const Daemon daemon;
  daemon.script(Json::array(
      {Json{{"start", 1}, {"console", {{"boot", "web login: "}}}}, Json{{"console", {{"boot", "booting"}}}}}));
  daemon.createRunning("web", {{"readiness", {{"console", "login"}}}});
  REQUIRE(await(daemon, "ready").status == 200);

  REQUIRE(daemon.api().post("/v1/vms/web/restart", {}, {{"Prefer", "wait=20"}}).status == 200);

  const auto late = await(daemon, "ready", "300ms");
  CHECK(late.status == 504);
  CHECK(mentions(late.text, "Ready is False after 300ms: Console: "));
}

TEST_CASE("signs beside the console are connections, and all of them count") {
  const Daemon daemon;
  Service service;
  daemon.createRunning(
      "web", {{"readiness", {{"runner", {{"interval", "1s"}}}, {"tcp", service.address()}, {"console", "login"}}}});

  REQUIRE(await(daemon, "condition=Tcp").status == 200);
  REQUIRE(await(daemon, "condition=Runner").status == 200);
  CHECK(await(daemon, "ready", "100ms").status == 504);
  const auto missing = await(daemon, "condition=Http");
  CHECK(missing.status == 400);
  CHECK(mentions(missing.text, "it has Running, Runner, Console, Tcp, Ready"));
}

TEST_CASE("a vsock port is there once somebody serves it" *
          doctest::skip(!std::filesystem::exists("/dev/vhost-vsock"))) {
  const Daemon daemon;
  const auto port = daemon.folder() / "vsock.sock";
  daemon.createRunning("web",
                       {{"vsock", {{{"port", 22}, {"direction", "connect"}, {"socket", port}}}},
                        {"readiness", {{"vsock", {{"port", 22}, {"interval", "100ms"}, {"timeout", "100ms"}}}}}});
  CHECK(await(daemon, "ready", "100ms").status == 504);

  const auto listener = microvm::listenUnix(port);

  REQUIRE(listener);
  const auto ready = await(daemon, "ready");
  REQUIRE_MESSAGE(ready.status == 200, ready.text);
  CHECK(conditionOf(ready.json(), "Vsock").at("message") == "the connection stays open");
}

TEST_CASE("a VM whose service ends is restarted when its definition says so") {
  const Daemon daemon;
  std::optional<Service> service(std::in_place);
  daemon.createRunning("web", {{"restart", {{"policy", "on-failure"}, {"backoff", "100ms"}}},
                               {"readiness",
                                {{"tcp",
                                  {{"address", service->address()},
                                   {"interval", "100ms"},
                                   {"failureThreshold", 2},
                                   {"onFailure", "restart"}}}}}});
  REQUIRE(await(daemon, "ready").status == 200);

  service->end();

  waitUntil("the second start", [&] { return daemon.calls("start").size() == 2; });
  const auto asked = daemon.api().lastEvent("web", "vm.restarting");
  CHECK(asked.at("cause") == "readiness");
  CHECK(mentions(asked.at("detail"), "Tcp failed 2 times: cannot connect"));
  CHECK(daemon.api().lastEvent("web", "vm.restart-scheduled").at("cause") == "restart-policy");
  // Its guest was asked to power off first.
  CHECK(daemon.changesAsked().front() == "Stop");
}

TEST_CASE("signs that cannot be looked for are refused, each with its pointer") {
  const Daemon daemon;
  auto definition = daemon.definition("web", {{"readiness",
                                               {{"console", "a("},
                                                {"vsock", 22},
                                                {"tcp", "127.0.0.1:0"},
                                                {"http", {{"url", "http://127.0.0.1/"}, {"onFailure", "restart"}}}}}});

  const auto refused = daemon.api().post("/v1/vms", definition);

  CHECK(refused.status == 422);
  for (const auto* pointer :
       {"/spec/readiness/console", "/spec/readiness/vsock", "/spec/readiness/tcp", "/spec/readiness/http/onFailure"}) {
    CHECK(mentions(refused.text, std::string("\"pointer\":\"") + pointer + "\""));
  }
}

TEST_CASE("waiting for a VM that is not ready ends with its limit and says what is missing") {
  const Daemon daemon;
  daemon.createRunning("web", {{"readiness", {{"console", "login"}}}});

  const auto waited = ctl(daemon, {"wait", "web", "--for", "ready", "--timeout", "200ms"});

  CHECK(waited.code == 6);
  CHECK(mentions(waited.err, "Ready is False after 200ms: Console: "));
  CHECK(ctl(daemon, {"wait", "web", "--for", "condition=Console=False"}).code == 0);
  CHECK(mentions(ctl(daemon, {"inspect", "-o", "table", "web"}).out, "no: Console: "));
}
