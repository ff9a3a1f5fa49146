// daemon/tls/tls_listener.cpp
#include "daemon/tls/tls_listener.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <memory>
#include <mutex>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>
#include <doctest/doctest.h>

#include "client/transport/tls_dialer.hpp"
#include "tests/support/coroutines/run_task.hpp"
#include "tests/support/program.hpp"

using namespace microvm;
using namespace microvm::test;

namespace {

/// A certificate of its own authority, for localhost and 127.0.0.1.
struct Certificate {
  Certificate() {
    const auto made =
        runProgram("/usr/bin/openssl", {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                                        "-pkeyopt", "ec_param_enc:named_curve",  // whatever the default is
                                        "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                                        "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", file});
    REQUIRE(made.code == 0);
  }
  TempDir folder;
  std::string file = folder / "certificate.pem";
  std::string key = folder / "key.pem";
};

/// A listener on a loop and thread of its own; what comes through it is echoed.
class Echo {
public:
  explicit Echo(const Certificate& certificate) {
    std::signal(SIGPIPE, SIG_IGN);  // as the programs have it
    const TlsSettings settings{"127.0.0.1", 0, certificate.file, certificate.key};
    listener_ = must(TlsListener::open(context_.get_executor(), settings));
    listener_->serve([this](UniqueFd plain, const std::string& address) {
      if (refuses) return false;
      const std::lock_guard lock(guardOfAddresses_);
      addresses_ += address + " ";
      echoes_.emplace_back([fd = std::move(plain)] { echo(fd.get()); });
      return true;
    });
    loop_ = std::thread([this] { context_.run(); });
  }
  ~Echo() {
    net::co_spawn(context_, listener_->stop(Milliseconds(0)), net::use_future).get();
    guard_.reset();
    loop_.join();
    for (auto& one : echoes_)
      one.join();
  }
  Echo(const Echo&) = delete;
  Echo& operator=(const Echo&) = delete;

  [[nodiscard]] const TlsListener& listener() const { return *listener_; }

  [[nodiscard]] std::string addresses() const {
    const std::lock_guard lock(guardOfAddresses_);
    return addresses_;
  }

  std::atomic<bool> refuses = false;

private:
  static void echo(int fd) {
    std::array<char, 4096> piece{};
    while (waitReadable(fd, kPatience)) {
      const auto got = ::recv(fd, piece.data(), piece.size(), 0);
      if (got <= 0) return;
      if (::send(fd, piece.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) != got) return;
    }
  }

  net::io_context context_{1};
  net::executor_work_guard<net::io_context::executor_type> guard_{context_.get_executor()};
  std::unique_ptr<TlsListener> listener_;
  std::vector<std::thread> echoes_;
  std::thread loop_;
  mutable std::mutex guardOfAddresses_;
  std::string addresses_;  // of the clients, which the loop's thread meets
};

/// A client that trusts one authority. Its dialer is at work for as long as its socket is used.
struct Client {
  Client(const Echo& echo, const Certificate& trusted)
      : dialer(must(client::TlsDialer::make({"localhost", echo.listener().port(), trusted.file}))),
        socket(dialer->dial()) {}

  std::shared_ptr<client::TlsDialer> dialer;
  Result<UniqueFd> socket;
};

std::string exchanged(const UniqueFd& socket, const std::string& text) {
  REQUIRE(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  std::string heard;
  std::array<char, 4096> piece{};
  while (heard.size() < text.size() && waitReadable(socket.get(), kPatience)) {
    const auto got = ::recv(socket.get(), piece.data(), piece.size(), 0);
    if (got <= 0) break;
    heard.append(piece.data(), static_cast<std::size_t>(got));
  }
  return heard;
}

/// What comes on a TCP connection to these bytes, up to its end.
std::string plainAnswer(std::uint16_t port, const std::string& bytes) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  REQUIRE(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  std::string answer;
  std::array<char, 4096> piece{};
  while (waitReadable(socket.get(), kPatience)) {
    const auto got = ::recv(socket.get(), piece.data(), piece.size(), 0);
    if (got <= 0) return answer;
    answer.append(piece.data(), static_cast<std::size_t>(got));
  }
  return answer + "<timeout>";
}

}  // namespace

TEST_CASE("what a client says comes out in the clear, and goes back encrypted") {
  const Certificate certificate;
  Echo echo(certificate);

  const Client client(echo, certificate);

  REQUIRE(client.socket);
  CHECK(exchanged(*client.socket, "hello") == "hello");
  CHECK(echo.addresses() == "127.0.0.1 ");
}

TEST_CASE("a certificate is for the names and addresses that it has") {
  const Certificate certificate;
  const Echo echo(certificate);

  CHECK(echo.listener().isNamed("localhost"));
  CHECK(echo.listener().isNamed("127.0.0.1"));
  CHECK_FALSE(echo.listener().isNamed("example.com"));
  CHECK_FALSE(echo.listener().isNamed(""));
}

TEST_CASE("a client that trusts another authority does not get in") {
  const Certificate certificate;
  const Certificate other;
  const Echo echo(certificate);

  const Client client(echo, other);

  REQUIRE_FALSE(client.socket);
  CHECK(client.socket.error().code == Errc::Permission);
}

TEST_CASE("who speaks no TLS is cut off, and others are served on") {
  const Certificate certificate;
  Echo echo(certificate);

  const auto answer = plainAnswer(echo.listener().port(), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");

  CHECK(answer.find("HTTP/") == std::string::npos);
  CHECK(answer.find("<timeout>") == std::string::npos);
  const Client client(echo, certificate);
  REQUIRE(client.socket);
  CHECK(exchanged(*client.socket, "hello") == "hello");
}

TEST_CASE("a client for whom there is no room is cut off") {
  const Certificate certificate;
  Echo echo(certificate);
  echo.refuses = true;

  const Client client(echo, certificate);

  REQUIRE(client.socket);
  CHECK(exchanged(*client.socket, "hello").empty());
}

TEST_CASE("files and addresses that cannot be used are named") {
  const Certificate certificate;
  const Certificate other;
  const TempDir folder;
  net::io_context context;
  const auto refusal = [&](const TlsSettings& settings) {
    const auto opened = TlsListener::open(context.get_executor(), settings);
    REQUIRE_FALSE(opened);
    return opened.error();
  };

  CHECK(refusal({"127.0.0.1", 0, "/nowhere.pem", certificate.key}).detail.find("/nowhere.pem") != std::string::npos);
  CHECK(refusal({"127.0.0.1", 0, certificate.file, other.key}).code == Errc::Usage);
  CHECK(refusal({"localhost", 0, certificate.file, certificate.key}).code == Errc::Usage);
  CHECK(refusal({"127.0.0.1", 0, folder.write("empty.pem", ""), certificate.key}).code == Errc::Usage);
}
