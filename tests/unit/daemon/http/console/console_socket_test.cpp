// daemon/http/console/console_socket.cpp, over a real connection
#include <doctest/doctest.h>

#include "api/http/websocket.hpp"
#include "tests/support/fake_service/running_server.hpp"

using namespace microvm;
using namespace microvm::http;
using namespace microvm::fake;

namespace {

constexpr WebSocketEncoder kEncoder(WebSocketRole::Client);
using Kind = WebSocketEvent::Kind;

struct World {
  World() {
    server.on([](FakeService& service, HttpServer&) {
      service.add("web").vm.state = State::Running;
      service.logStart = 100;
      service.log = "0123456789";
    });
  }
  void say(const std::string& output) {
    server.on([&](FakeService& service, HttpServer&) {
      service.console->output.push_back(output);
      service.console->changed.notifyAll();
    });
  }

  RunningServer server;
};

/// A browser, as far as this goes.
class Browser {
public:
  explicit Browser(World& world, const std::string& query = "") : client_(world.server.path()) {
    client_.send(
        "GET /v1/vms/web/console" + query +
        " HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: chat, microvm.console.v1\r\n\r\n");
    head = client_.readUntil("\r\n\r\n");
  }
  void send(const std::string& frame) { client_.send(frame); }
  void finishSending() { client_.finishSending(); }
  WebSocketEvent next() {
    while (true) {
      auto event = decoder_.next();
      REQUIRE(event);
      if (*event) return **event;
      const auto byte = client_.read(1);
      if (byte.empty()) return {Kind::Close, "the connection ended", 0};
      decoder_.append(byte);
    }
  }
  /// The next text message of a type.
  std::string message(const std::string& type) {
    while (true) {
      auto event = next();
      if (event.kind == Kind::Close) return "closed: " + event.payload;
      if (event.kind == Kind::Text && event.payload.find("\"type\":\"" + type + "\"") != std::string::npos)
        return event.payload;
    }
  }

  std::string head;

private:
  RawClient client_;
  WebSocketDecoder decoder_{WebSocketRole::Client};
};

}  // namespace

TEST_CASE("the handshake is answered, and the first message says where the bytes begin") {
  World world;
  Browser browser(world, "?offset=104");

  CHECK(browser.head.find("HTTP/1.1 101 ") == 0);
  CHECK(browser.head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != std::string::npos);
  CHECK(browser.head.find("Sec-WebSocket-Protocol: microvm.console.v1\r\n") != std::string::npos);
  CHECK(browser.next().payload == R"({"type":"offset","offset":104,"start":100,"end":110,"viewer":7})");
}

TEST_CASE("binary messages are the console's bytes both ways") {
  World world;
  Browser browser(world);
  std::string every;
  for (int byte = 0; byte < 256; ++byte)
    every.push_back(static_cast<char>(byte));

  browser.send(kEncoder.binary(every.substr(0, 100)) + kEncoder.binary(every.substr(100)));
  world.say(every);

  (void)browser.next();
  CHECK(browser.next() == WebSocketEvent{Kind::Binary, every});
  browser.send(kEncoder.ping("done"));
  CHECK(browser.next() == WebSocketEvent{Kind::Pong, "done"});
  world.server.on([&](FakeService& service, HttpServer&) { CHECK(service.console->typed == every); });
}

TEST_CASE("skipped bytes are told by a gap in front of those that follow") {
  World world;
  Browser browser(world, "?offset=100");
  world.say("abc");
  (void)browser.next();
  CHECK(browser.next().payload == "abc");

  world.server.on([](FakeService& service, HttpServer&) { service.console->next += 50; });
  world.say("def");

  CHECK(browser.next().payload == R"({"type":"gap","from":103,"to":153})");
  CHECK(browser.next().payload == "def");
}

TEST_CASE("who views and who has the console exclusively is told when it changes") {
  World world;
  Browser browser(world, "?label=me&mode=exclusive&takeOver&queue=1000");
  world.server.on([](FakeService& service, HttpServer&) {
    const auto& attach = service.console->attached.back();
    CHECK(attach.label == "me");
    CHECK(attach.mode == ConsoleMode::Exclusive);
    CHECK(attach.evenIfHeld);
    CHECK(attach.queue == 1000);
    ConsoleNews news;
    news.count = 2;
    news.exclusive = 7;
    service.console->news.push_back(news);
    service.console->changed.notifyAll();
  });

  CHECK(browser.message("viewers").find("\"count\":2") != std::string::npos);
  CHECK(browser.message("exclusive") == R"({"type":"exclusive","viewer":7})");
}

TEST_CASE("wishes reach the console, and what cannot be is told") {
  World world;
  Browser browser(world);
  browser.send(kEncoder.text(R"({"type":"exclusive","wish":"take"})"));
  browser.send(kEncoder.text(R"({"type":"resize"})"));

  CHECK(browser.message("error").find("\"code\":\"usage\"") != std::string::npos);
  world.server.on([](FakeService& service, HttpServer&) {
    CHECK(service.console->wishes == std::vector<ExclusiveWish>{ExclusiveWish::Take});
    service.console->refusal = "held by another";
    service.console->changed.notifyAll();
  });
  CHECK(browser.message("error").find("held by another") != std::string::npos);
}

TEST_CASE("who only looks on is told that typing goes nowhere") {
  World world;
  Browser browser(world, "?mode=ro");

  browser.send(kEncoder.binary("x"));

  CHECK(browser.message("error").find("\"code\":\"permission\"") != std::string::npos);
  world.server.on([](FakeService& service, HttpServer&) { CHECK(service.console->typed.empty()); });
}

TEST_CASE("a detach is answered with the offset and a close") {
  World world;
  Browser browser(world);
  browser.send(kEncoder.text(R"({"type":"detach"})"));

  CHECK(browser.message("detach").find("\"offset\":110") != std::string::npos);
  CHECK(browser.next() == WebSocketEvent{Kind::Close, "", kCloseNormal});
  CHECK(browser.next().payload == "the connection ended");
}

TEST_CASE("a close is answered, and what breaks the protocol is closed with its code") {
  World world;
  Browser polite(world);
  polite.send(kEncoder.close(4001, "bye"));
  (void)polite.next();
  CHECK(polite.next() == WebSocketEvent{Kind::Close, "", 4001});

  Browser rude(world);
  rude.send(
      "\x81\x03"
      "abc");
  (void)rude.next();
  CHECK(rude.next().code == 1002);
}

TEST_CASE("the console's end is told before the close") {
  World world;
  Browser browser(world);
  world.server.on([](FakeService& service, HttpServer&) {
    service.console->ended = true;
    service.console->changed.notifyAll();
  });

  CHECK(browser.message("detach").find("does not run") != std::string::npos);
  CHECK(browser.next().code == kCloseNormal);
}

TEST_CASE("a handshake without key or protocol is refused, another version needs an upgrade") {
  World world;
  const auto ask = [&](std::vector<std::pair<std::string, std::string>> headers) {
    headers.insert(headers.end(), {{"Connection", "Upgrade"}, {"Upgrade", "websocket"}});
    return world.server.ask("GET", "/v1/vms/web/console", "", headers);
  };
  const std::pair<std::string, std::string> key{"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="};
  const std::pair<std::string, std::string> version{"Sec-WebSocket-Version", "13"};

  CHECK(ask({version, {"Sec-WebSocket-Protocol", "microvm.console.v1"}}).status == 400);
  CHECK(ask({version, key}).body.find("microvm.console.v1") != std::string::npos);
  CHECK(ask({key, {"Sec-WebSocket-Version", "8"}}).status == 426);
}
