#include "api/http/unix_client.hpp"

#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::http;

namespace {

constexpr Milliseconds kLimit{5000};

/// Answers every connection, in turn, with the next list of texts: one text per request that it has read.
class ScriptedServer {
public:
  explicit ScriptedServer(std::vector<std::vector<std::string>> script) : script_(std::move(script)) {
    path_ = folder_ / "s";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    listener_ = UniqueFd(::socket(AF_UNIX, SOCK_STREAM, 0));
    REQUIRE(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(::listen(listener_.get(), 4) == 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedServer() { thread_.join(); }
  [[nodiscard]] const std::string& path() const { return path_; }

private:
  void serve() {
    for (const auto& answers : script_) {
      UniqueFd peer(::accept(listener_.get(), nullptr, nullptr));
      for (const auto& answer : answers) {
        readRequest(peer.get());
        if (::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;  // the client has gone
      }
    }
  }
  void readRequest(int fd) {
    RequestParser parser;
    char c = 0;
    while (::recv(fd, &c, 1, 0) == 1) {
      std::string_view input(&c, 1);
      auto progress = parser.feed(input);
      if (!progress || *progress == Progress::Done) break;
    }
  }

  std::vector<std::vector<std::string>> script_;
  test::TempDir folder_;
  std::string path_;
  UniqueFd listener_;
  std::thread thread_;
};

const std::string kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

Request get(std::string target) {
  Request request;
  request.target = std::move(target);
  return request;
}

}  // namespace

TEST_CASE("two requests share a connection") {
  ScriptedServer server({{kHello, kHello}});
  UnixClient client(server.path());

  auto first = client.request(get("/a"), kLimit);
  auto second = client.request(get("/b"), kLimit);

  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->body == "hello");
  CHECK(second->status == 200);
}

TEST_CASE("a kept connection that the server closed is made anew") {
  ScriptedServer server({{kHello}, {kHello}, {kHello}});
  UnixClient client(server.path());

  auto first = client.request(get("/a"), kLimit);
  // The server closes the first connection before it accepts the second one.
  auto second = UnixClient(server.path()).request(get("/b"), kLimit);
  auto third = client.request(get("/c"), kLimit);

  CHECK(first);
  CHECK(second);
  CHECK(third);
}

TEST_CASE("an interim answer is passed over") {
  ScriptedServer server({{"HTTP/1.1 100 Continue\r\n\r\n" + kHello}});
  UnixClient client(server.path());

  auto response = client.request(get("/a"), kLimit);

  REQUIRE(response);
  CHECK(response->status == 200);
}

TEST_CASE("nobody listening is unreachable, a path too long is invalid") {
  CHECK(UnixClient("/nonexistent/s").request(get("/")).error().code == Errc::Unreachable);
  CHECK(UnixClient("/" + std::string(200, 'a')).request(get("/")).error().code == Errc::Invalid);
}

TEST_CASE("a cut or unreadable answer is a breach of the protocol") {
  ScriptedServer server(
      {{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel"}, {"HTTP/1.1 2"}, {"garbage\r\n\r\n"}, {""}});
  UnixClient client(server.path());

  for (int i = 0; i < 4; ++i) {
    auto response = client.request(get("/"), kLimit);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == Errc::Protocol);
  }
}

TEST_CASE("no answer in time is a timeout") {
  ScriptedServer server({{"", kHello}});
  UnixClient client(server.path());

  auto response = client.request(get("/"), Milliseconds(20));

  REQUIRE_FALSE(response);
  CHECK(response.error().code == Errc::Timeout);
}

TEST_CASE("a stream is read piece by piece to its end") {
  ScriptedServer server(
      {{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n"}});
  UnixClient client(server.path());

  auto stream = client.openStream(get("/log"), kLimit);
  REQUIRE(stream);
  auto all = stream->readAll(kLimit, 1000);

  CHECK(stream->head().status == 200);
  REQUIRE(all);
  CHECK(*all == "hello world");
  CHECK(stream->read(kLimit)->empty());
}

TEST_CASE("a stream that is cut says so, one that ends with its connection is whole") {
  ScriptedServer server(
      {{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}, {"HTTP/1.1 200 OK\r\n\r\nhello"}});
  UnixClient client(server.path());

  auto cut = client.openStream(get("/"), kLimit);
  REQUIRE(cut);
  CHECK(cut->readAll(kLimit, 1000).error().code == Errc::Protocol);

  auto whole = client.openStream(get("/"), kLimit);
  REQUIRE(whole);
  CHECK(*whole->readAll(kLimit, 1000) == "hello");
}

TEST_CASE("after an upgrade the socket and the first bytes are handed over") {
  ScriptedServer server(
      {{"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: microvm-raw\r\n\r\nraw"}});
  UnixClient client(server.path());

  auto stream = client.openStream(get("/console"), kLimit);

  REQUIRE(stream);
  CHECK(stream->head().status == 101);
  CHECK(stream->takeLeftover() == "raw");
  CHECK(stream->takeSocket());
}
