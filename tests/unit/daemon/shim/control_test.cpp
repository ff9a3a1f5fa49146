#include "daemon/shim/control.hpp"

#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/process/unix_socket.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::shim;

namespace {

class FakeHost final : public ControlHost {
public:
  std::string statusJson() override { return "{\"status\":1}"; }
  void killRunner() override { ++kills; }
  void stopRunner() override { ++stops; }
  void setStop(Milliseconds timeout, bool leavesAtTerm) override { stopOrder = StopOrder{timeout, leavesAtTerm}; }
  bool hasConsole() override { return console; }
  std::size_t writeInput(std::string_view bytes) override {
    const auto taken = std::min(bytes.size(), room);
    typed += bytes.substr(0, taken);
    room -= taken;
    return taken;
  }

  bool console = true;
  int kills = 0;
  std::optional<StopOrder> stopOrder;
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
    // What is held back for a moment is given out by the deadline.
    REQUIRE(::poll(waits.data(), waits.size(), control.deadline() ? 3 : 0) >= 0);
    control.handle(waits);
    control.pump();
  }

  test::TempDir folder;
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
  void greet(std::uint16_t highest = 1) {
    std::string versions;
    putU16(versions, 1);
    putU16(versions, highest);
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

TEST_CASE("how the shim stops its runner is changed, if the request can be read") {
  Desk desk;
  Client client(desk);
  client.greet(2);

  client.say(FrameType::SetStop, "soon");
  CHECK(client.hear().type == FrameType::Error);
  CHECK_FALSE(desk.host.stopOrder);
  client.say(FrameType::SetStop, encodeStopOrder({Milliseconds(5'000), true}));
  CHECK(client.hear().type == FrameType::Done);

  CHECK(desk.host.stopOrder == StopOrder{Milliseconds(5'000), true});
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

namespace {

ViewRequest viewing(AttachMode mode, WhenHeld whenHeld = WhenHeld::Refuse, std::string label = {}) {
  ViewRequest request;
  request.mode = mode;
  request.whenHeld = whenHeld;
  request.offset = 0;
  request.label = std::move(label);
  return request;
}

/// A client of version 2 that views.
struct ViewingClient : Client {
  ViewingClient(Desk& desk, const ViewRequest& request) : Client(desk) {
    greet(2);
    say(FrameType::View, encodeView(request));
    answer = hear();
    news = hear().payload;
  }
  /// The next frame of a type.
  Frame await(FrameType type) {
    for (int i = 0; i < 10; ++i) {
      auto frame = hear();
      if (frame.type == type || frame.type == FrameType{}) return frame;
    }
    return {};
  }
  bool isAnswered() const { return answer.type == FrameType::Attached; }

  Frame answer;
  std::string news;
};

}  // namespace

TEST_CASE("an older client knows nothing of views, and is not told of them") {
  Desk desk;
  Client client(desk);
  client.greet();

  client.say(FrameType::View, encodeView(viewing(AttachMode::ReadOnly)));

  CHECK(client.hear() == Frame{FrameType::Error, "protocol no request has the type 9"});
}

TEST_CASE("a view is answered with its place, its number and who else is there") {
  Desk desk;
  desk.log.append("old");
  const ViewingClient first(desk, viewing(AttachMode::ReadWrite, WhenHeld::Refuse, "one"));
  const ViewingClient second(desk, viewing(AttachMode::ReadOnly, WhenHeld::Refuse, "two\n"));

  std::string wanted = offsetText(0);
  putU32(wanted, 2);
  CHECK(second.answer.payload == wanted);
  CHECK(second.news.find(R"("end":3)") != std::string::npos);
  CHECK(second.news.find(R"("exclusive":null,"count":2)") != std::string::npos);
  CHECK(second.news.find(R"({"id":1,"mode":"rw","label":"one",)") != std::string::npos);
  CHECK(second.news.find(R"("mode":"ro","label":"two\u000a")") != std::string::npos);
}

TEST_CASE("while one viewer has the console exclusively the others are not heard") {
  Desk desk;
  ViewingClient other(desk, viewing(AttachMode::ReadWrite));
  ViewingClient holder(desk, viewing(AttachMode::Exclusive, WhenHeld::Refuse, "me"));
  CHECK(holder.news.find(R"("exclusive":2)") != std::string::npos);

  other.say(FrameType::Input, "lost");
  holder.say(FrameType::Input, "heard");
  desk.turn();
  desk.turn();
  CHECK(desk.host.typed == "heard");

  const ViewingClient late(desk, viewing(AttachMode::ReadWrite));
  CHECK(late.answer == Frame{FrameType::Error, "in-use the console is held exclusively by me (viewer 2)"});
  CHECK(ViewingClient(desk, viewing(AttachMode::ReadWrite, WhenHeld::GoOn)).isAnswered());
  CHECK(ViewingClient(desk, viewing(AttachMode::ReadOnly)).isAnswered());
}

TEST_CASE("an exclusive console can be taken over, given back, and is free when its viewer leaves") {
  Desk desk;
  ViewingClient first(desk, viewing(AttachMode::Exclusive));
  CHECK_FALSE(ViewingClient(desk, viewing(AttachMode::Exclusive)).isAnswered());
  {
    ViewingClient second(desk, viewing(AttachMode::Exclusive, WhenHeld::GoOn));
    CHECK(second.news.find(R"("exclusive":2)") != std::string::npos);
    CHECK(second.news.find(R"("id":1,"mode":"rw")") != std::string::npos);
    first.say(FrameType::Exclusive, std::string(1, '\x01'));
    CHECK(first.await(FrameType::Error).payload.find("in-use") == 0);
  }
  desk.turn();
  desk.turn();

  first.say(FrameType::Exclusive, std::string(1, '\x01'));
  CHECK(first.await(FrameType::Done).type == FrameType::Done);
  first.say(FrameType::Exclusive, std::string(1, '\x00'));
  CHECK(first.await(FrameType::Done).type == FrameType::Done);
  CHECK(ViewingClient(desk, viewing(AttachMode::ReadWrite)).isAnswered());
}

TEST_CASE("who only looks on cannot take the console") {
  Desk desk;
  ViewingClient client(desk, viewing(AttachMode::ReadOnly));

  client.say(FrameType::Exclusive, std::string(1, '\x02'));

  CHECK(client.await(FrameType::Error).payload.find("permission") == 0);
}

TEST_CASE("a viewer with a queue skips ahead once it has been at the end, one without does not") {
  Desk desk;
  auto request = viewing(AttachMode::ReadOnly);
  request.queue = 100;
  desk.log.append(std::string(1000, 'a'));
  ViewingClient quick(desk, request);
  CHECK(quick.await(FrameType::Output).payload.size() == 8 + 1000);  // what it asked for comes whole
  ViewingClient whole(desk, viewing(AttachMode::ReadOnly));
  CHECK(whole.await(FrameType::Output).payload.size() == 8 + 1000);
  desk.turn();

  desk.log.append(std::string(500, 'b'));

  CHECK(quick.await(FrameType::Output) == Frame{FrameType::Output, offsetText(1450) + std::string(50, 'b')});
  CHECK(whole.await(FrameType::Output) == Frame{FrameType::Output, offsetText(1000) + std::string(500, 'b')});
}

TEST_CASE("a watcher is told of viewers and of bytes that go") {
  Desk desk;
  Client watcher(desk);
  watcher.greet(2);
  watcher.say(FrameType::Watch);
  CHECK(watcher.hear().type == FrameType::Done);
  CHECK(watcher.hear().payload.find(R"("count":0)") != std::string::npos);

  desk.log.append(std::string(std::size_t{6} * 4096, 'x'));
  desk.turn();

  CHECK(watcher.hear().payload.find(R"({"start":8192,)") == 0);
}

TEST_CASE("a runner without a console says so") {
  Desk desk;
  desk.host.console = false;
  Client client(desk);
  client.greet();

  client.attach(AttachMode::ReadOnly, 0);

  CHECK(client.hear().payload.find("no-console the runner has no serial console") == 0);
}

TEST_CASE("two hundred viewers all get every byte") {
  Desk desk;
  std::vector<std::unique_ptr<Client>> viewers;
  for (int i = 0; i < 200; ++i) {
    viewers.push_back(std::make_unique<Client>(desk));
    viewers.back()->greet();
    viewers.back()->attach(AttachMode::ReadOnly, 0);
    CHECK(viewers.back()->hear().type == FrameType::Attached);
  }

  desk.log.append("for all");

  CHECK(desk.control.viewers() == 200);
  for (const auto& viewer : viewers)
    CHECK(viewer->hear() == Frame{FrameType::Output, offsetText(0) + "for all"});
}
