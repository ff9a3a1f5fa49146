#include "daemon/shim/control.hpp"

#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/process/unix_socket.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace microvm;
using namespace microvm::shim;

namespace {

class FakeHost final : public ControlHost {
public:
  std::string statusJson() override { return "{\"status\":1}"; }
  void killRunner() override { ++kills; }
  void stopRunner() override { ++stops; }
  std::size_t writeInput(std::string_view bytes) override {
    const auto taken = std::min(bytes.size(), room);
    typed += bytes.substr(0, taken);
    room -= taken;
    return taken;
  }

  int kills = 0;
  int stops = 0;
  std::size_t room = 1'000'000;
  std::string typed;
};

/// A control socket whose loop is turned by hand.
struct Desk {
  Desk() : log(*ConsoleLog::open({folder.path() + "/console", 4096, 4})), control(listen(), log, host) {}

  UniqueFd listen() const {
    auto listener = listenUnix(folder.path() + "/s");
    REQUIRE(listener);
    return std::move(*listener);
  }
  void turn() {
    std::vector<pollfd> waits;
    control.addTo(waits);
    REQUIRE(::poll(waits.data(), waits.size(), 0) >= 0);
    control.handle(waits);
    control.pump();
  }

  TemporaryFolder folder;
  FakeHost host;
  ConsoleLog log;
  Control control;
};

struct Client {
  explicit Client(Desk& desk)
      : desk_(desk), socket_(std::move(*connectUnix(desk.folder.path() + "/s", Milliseconds(100)))) {}

  void say(FrameType type, std::string_view payload = {}) const {
    const auto frame = encodeFrame(type, payload);
    REQUIRE(::write(socket_.get(), frame.data(), frame.size()) == static_cast<ssize_t>(frame.size()));
  }
  void greet() {
    std::string versions;
    putU16(versions, 1);
    putU16(versions, 1);
    say(FrameType::Hello, versions);
    CHECK(hear().type == FrameType::HelloAnswer);
  }
  void attach(AttachMode mode, std::uint64_t offset) {
    std::string request(1, static_cast<char>(mode));
    putU64(request, offset);
    say(FrameType::Attach, request);
  }
  /// The next frame, or one of type 0 when there is none after a few turns.
  Frame hear() {
    for (int i = 0; i < 4; ++i) {
      if (auto next = reader_.next(); next && *next) return **next;
      desk_.turn();
      char buffer[70'000];
      const auto got = ::read(socket_.get(), buffer, sizeof buffer);
      if (got > 0) reader_.append(std::string_view(buffer, static_cast<std::size_t>(got)));
      isClosed = got == 0;
    }
    return {};
  }

  bool isClosed = false;

private:
  Desk& desk_;
  UniqueFd socket_;
  FrameReader reader_;
};

std::string offsetText(std::uint64_t offset) {
  std::string out;
  putU64(out, offset);
  return out;
}

}  // namespace

TEST_CASE("a client that does not greet first is refused") {
  Desk desk;
  Client client(desk);

  client.say(FrameType::Status);

  CHECK(client.hear() == Frame{FrameType::Error, "protocol a hello comes first"});
  CHECK(client.hear() == Frame{});
  CHECK(client.isClosed);
}

TEST_CASE("status, kill and stop are answered") {
  Desk desk;
  Client client(desk);
  client.greet();

  client.say(FrameType::Status);
  CHECK(client.hear() == Frame{FrameType::StatusAnswer, "{\"status\":1}"});
  client.say(FrameType::Kill);
  CHECK(client.hear().type == FrameType::Done);
  client.say(FrameType::Stop);
  CHECK(client.hear().type == FrameType::Done);

  CHECK(desk.host.kills == 1);
  CHECK(desk.host.stops == 1);
}

TEST_CASE("an unknown request is refused and the connection goes on") {
  Desk desk;
  Client client(desk);
  client.greet();

  client.say(static_cast<FrameType>(99));

  CHECK(client.hear() == Frame{FrameType::Error, "protocol no request has the type 99"});
  client.say(FrameType::Status);
  CHECK(client.hear().type == FrameType::StatusAnswer);
}

TEST_CASE("a viewer gets what is there and what comes") {
  Desk desk;
  Client client(desk);
  client.greet();
  desk.log.append("old");

  client.attach(AttachMode::ReadOnly, 1);
  CHECK(client.hear() == Frame{FrameType::Attached, offsetText(1)});
  CHECK(client.hear() == Frame{FrameType::Output, offsetText(1) + "ld"});
  desk.log.append("new");

  CHECK(client.hear() == Frame{FrameType::Output, offsetText(3) + "new"});
  CHECK(desk.control.viewers() == 1);
}

TEST_CASE("a viewer at the end or beyond begins at the end") {
  Desk desk;
  desk.log.append("old");
  for (const auto offset : {kAtEnd, std::uint64_t{500}}) {
    Client client(desk);
    client.greet();
    client.attach(AttachMode::ReadOnly, offset);
    CHECK(client.hear() == Frame{FrameType::Attached, offsetText(3)});
  }
}

TEST_CASE("a second attachment and a bad one are refused") {
  Desk desk;
  Client client(desk);
  client.greet();
  client.say(FrameType::Attach, "x");
  CHECK(client.hear().type == FrameType::Error);
  client.attach(AttachMode::ReadOnly, 0);
  CHECK(client.hear().type == FrameType::Attached);

  client.attach(AttachMode::ReadOnly, 0);

  CHECK(client.hear() == Frame{FrameType::Error, "protocol attached already"});
}

TEST_CASE("input waits for the terminal and holds back only its sender") {
  Desk desk;
  Client typist(desk);
  Client other(desk);
  typist.greet();
  other.greet();
  typist.attach(AttachMode::ReadWrite, 0);
  CHECK(typist.hear().type == FrameType::Attached);
  desk.host.room = 2;

  typist.say(FrameType::Input, "hello");
  typist.say(FrameType::Status);
  CHECK(typist.hear() == Frame{});
  CHECK(desk.control.hasInput());
  other.say(FrameType::Status);
  CHECK(other.hear().type == FrameType::StatusAnswer);
  desk.host.room = 100;

  CHECK(typist.hear().type == FrameType::StatusAnswer);
  CHECK(desk.host.typed == "hello");
  CHECK_FALSE(desk.control.hasInput());
}

TEST_CASE("waiters get the exit record, viewers the rest and the end") {
  Desk desk;
  Client waiter(desk);
  Client viewer(desk);
  waiter.greet();
  viewer.greet();
  waiter.say(FrameType::Wait);
  CHECK(waiter.hear() == Frame{});
  viewer.attach(AttachMode::ReadOnly, 0);
  CHECK(viewer.hear().type == FrameType::Attached);
  desk.log.append("last words");

  desk.control.closeListener();
  desk.control.announceExit("{}");
  CHECK_FALSE(desk.control.isDrained());

  CHECK(waiter.hear() == Frame{FrameType::Exit, "{}"});
  CHECK(viewer.hear() == Frame{FrameType::Output, offsetText(0) + "last words"});
  CHECK(viewer.hear() == Frame{FrameType::End, ""});
  CHECK(desk.control.isDrained());
}
