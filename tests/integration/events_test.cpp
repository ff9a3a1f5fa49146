// The sequence of events: nothing is lost, repeated or out of order, whatever dies.
#include <algorithm>
#include <csignal>
#include <memory>
#include <sstream>
#include <sys/resource.h>

#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"
#include "tests/support/openapi/event_reader.hpp"

using namespace microvm;
using namespace microvm::test;

namespace {

/// A follower that comes back with the number that it has seen last, and minds what the document does not declare.
class Reader {
public:
  explicit Reader(const Api& api, Framing framing = Framing::ServerSent) : api_(api), framing_(framing) {}

  void connect() {
    HeaderList headers{{"Accept", mediaTypeOf(framing_)}, {"Last-Event-ID", std::to_string(last_)}};
    stream_ = std::make_unique<http::ClientStream>(api_.open("/v1/events?follow&heartbeat=1s", std::move(headers)));
    events_ = std::make_unique<EventReader>(framing_);
    told_ = 0;
  }
  /// Reads until an event of this number has come, or the connection ends. True when it came.
  bool readTo(std::uint64_t number) {
    while (last_ < number) {
      auto piece = stream_->read(kPatience);
      if (!piece || piece->empty()) return false;
      events_->append(*piece);
      take();
    }
    return true;
  }
  [[nodiscard]] std::uint64_t last() const { return last_; }
  [[nodiscard]] const std::vector<std::string>& faults() const { return faults_; }

private:
  void take() {
    while (const auto event = events_->next()) {
      if (!event->contains("sequence")) {
        faults_.push_back(event->dump());
        continue;
      }
      const auto number = event->at("sequence").get<std::uint64_t>();
      if (number != last_ + 1) faults_.push_back(std::to_string(last_) + " then " + std::to_string(number));
      last_ = number;
    }
    const auto& complaints = events_->complaints();
    faults_.insert(faults_.end(), complaints.begin() + static_cast<std::ptrdiff_t>(told_), complaints.end());
    told_ = complaints.size();
  }

  const Api& api_;
  Framing framing_;
  std::unique_ptr<http::ClientStream> stream_;
  std::unique_ptr<EventReader> events_;
  std::size_t told_ = 0;  // of its complaints
  std::uint64_t last_ = 0;
  std::vector<std::string> faults_;
};

std::uint64_t newest(const Daemon& daemon) {
  return daemon.api().get("/v1/events?limit=1").json().at("newest");
}

/// A descriptor for each of many followers.
void allowDescriptors(rlim_t count) {
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, count));
  REQUIRE(limit.rlim_cur >= count);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

void makeEvents(const Daemon& daemon, int round) {
  const auto name = "vm" + std::to_string(round);
  daemon.create(name);
  daemon.api().post("/v1/vms/" + name + "/start", {});
}

}  // namespace

TEST_CASE("a follower that comes back over killed daemons sees every event once and in order") {
  Daemon daemon;
  Reader readers[] = {Reader(daemon.api(), Framing::ServerSent), Reader(daemon.api(), Framing::Lines)};

  for (int round = 0; round < 12; ++round) {
    for (Reader& reader : readers)
      reader.connect();
    makeEvents(daemon, round);
    const auto before = newest(daemon);
    if (round % 3 == 0) {
      for (Reader& reader : readers)
        REQUIRE(reader.readTo(before));
    }
    daemon.kill9();  // with events under way
    for (Reader& reader : readers)
      reader.readTo(before + 1'000);
    daemon.start();
  }

  for (Reader& reader : readers) {
    reader.connect();
    CHECK(reader.readTo(newest(daemon)));
    CHECK(reader.faults() == std::vector<std::string>{});
    CHECK(reader.last() >= 24);
  }
}

TEST_CASE("a thousand followers are there again after a killed daemon, and none misses anything") {
  constexpr int kReaders = 1'000;
  allowDescriptors(2'000);
  Daemon daemon;
  std::vector<Reader> readers;
  for (int i = 0; i < kReaders; ++i)
    readers.emplace_back(daemon.api());
  const auto connectAll = [&] {
    for (Reader& reader : readers)
      reader.connect();
  };
  const auto readAll = [&](std::uint64_t number) {
    return std::count_if(readers.begin(), readers.end(), [&](Reader& reader) { return reader.readTo(number); });
  };
  connectAll();
  makeEvents(daemon, 1);
  const auto before = newest(daemon);
  CHECK(readAll(before) == kReaders);

  daemon.kill9();
  daemon.start();
  connectAll();
  makeEvents(daemon, 2);
  daemon.api().waitFor("vm2", "running");

  CHECK(readAll(newest(daemon)) == kReaders);
  for (const Reader& reader : readers)
    CHECK(reader.faults() == std::vector<std::string>{});
  CHECK(daemon.api().get("/healthz").status == 200);
}

TEST_CASE("a reader that does not read is not waited for and loses nothing") {
  Daemon daemon;
  Reader slow(daemon.api());
  slow.connect();

  for (int i = 0; i < 20; ++i)
    makeEvents(daemon, i);
  daemon.api().waitFor("vm19", "running");

  CHECK(slow.readTo(newest(daemon)));
  CHECK(slow.faults() == std::vector<std::string>{});
}

TEST_CASE("an event names the request that caused it and who sent it, and the end of a runner its signal") {
  Daemon daemon;
  daemon.create("web");
  daemon.api().post("/v1/vms/web/start", {}, {{"X-Request-Id", "the-start"}, {"Prefer", "wait=20"}});
  const int runner = daemon.api().vm("web").at("status").at("runnerPid");
  ::kill(runner, SIGKILL);
  daemon.api().waitFor("web", "stopped");

  const auto starting = daemon.api().get("/v1/events?kind=vm.starting").json().at("items");
  const auto stopped = daemon.api().get("/v1/events?kind=vm.stopped&vm=web").json().at("items");

  REQUIRE(starting.size() == 1);
  CHECK(starting[0].at("request").at("id") == "the-start");
  CHECK_FALSE(starting[0].at("request").at("user").get<std::string>().empty());
  REQUIRE(stopped.size() == 1);
  CHECK(stopped[0].at("cause") == "runner");
  CHECK(stopped[0].at("exit").at("signal") == SIGKILL);
  CHECK(daemon.log().find("from=process ") != std::string::npos);
}

TEST_CASE("followers are filtered by VM, kind and label") {
  Daemon daemon;
  auto labelled = daemon.definition("web");
  labelled["metadata"]["labels"] = {{"team", "infra"}};
  REQUIRE(daemon.api().post("/v1/vms", labelled).status == 201);
  daemon.create("db");

  const auto typesOf = [&](const std::string& query) {
    const auto page = daemon.api().get("/v1/events?" + query).json();
    std::string seen;
    for (const auto& event : page.at("items"))
      seen += event.at("vm").at("name").get<std::string>() + " " + event.at("type").get<std::string>() + ";";
    return seen;
  };

  CHECK(typesOf("label=team=infra") == "web vm.created;");
  CHECK(typesOf("vm=db") == "db vm.created;");
  CHECK(typesOf("kind=vm.creat*") == "web vm.created;db vm.created;");
  CHECK(typesOf("kind=vm.running").empty());
}

TEST_CASE("the command follows over a killed daemon") {
  Daemon daemon;
  daemon.create("web");
  Program follower(builtProgram("microvmctl"),
                   {"--host", daemon.api().socket(), "events", "-f", "--after", "0", "-o", "jsonl"});
  waitUntil("the first event", [&] { return follower.outSoFar().find("vm.created") != std::string::npos; });

  daemon.kill9();
  daemon.start();
  daemon.create("db");
  waitUntil("the event after it", [&] { return follower.outSoFar().find(R"("name":"db")") != std::string::npos; });

  std::istringstream lines(follower.outSoFar());
  std::uint64_t last = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto number = Json::parse(line).at("sequence").get<std::uint64_t>();
    CHECK(number == last + 1);
    last = number;
  }
}
