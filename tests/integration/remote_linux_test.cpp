// A daemon that is reached from afar: over HTTPS with a token, and over SSH.
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <netinet/in.h>
#include <regex>
#include <sys/socket.h>
#include <sys/stat.h>

#include <doctest/doctest.h>

#include "client/transport/tls_dialer.hpp"
#include "tests/support/daemon.hpp"

using namespace microvm;
using namespace microvm::test;

namespace {

/// A certificate for localhost, signed by itself, so that it is its own authority.
class Certificate {
public:
  Certificate() {
    const auto made =
        runProgram("/usr/bin/openssl", {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                                        "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                                        "subjectAltName=DNS:localhost", "-keyout", key(), "-out", file()});
    REQUIRE(made.code == 0);
  }
  [[nodiscard]] std::string file() const { return folder_ / "certificate.pem"; }
  [[nodiscard]] std::string key() const { return folder_ / "key.pem"; }
  [[nodiscard]] std::vector<std::string> flags() const {
    return {"--listen", "tcp://127.0.0.1:0", "--tls-certificate", file(), "--tls-key", key()};
  }

private:
  TempDir folder_;
};

/// A daemon that serves HTTPS too.
struct RemoteDaemon {
  Certificate certificate;
  Daemon daemon{"", certificate.flags()};

  [[nodiscard]] std::uint16_t port() const {
    const auto log = daemon.log();
    static const std::regex kLine("serving HTTPS port=(\\d+)");
    std::string last;
    for (std::sregex_iterator at(log.begin(), log.end(), kLine), end; at != end; ++at)
      last = (*at)[1];
    REQUIRE_FALSE(last.empty());
    return static_cast<std::uint16_t>(std::stoi(last));
  }
  std::string tokenFor(const std::string& name, const std::string& scopes, const std::string& lifetime = {}) const {
    Json wanted{{"name", name}, {"scopes", scopes}};
    if (!lifetime.empty()) wanted["lifetime"] = lifetime;
    const auto made = daemon.api().post("/v1/tokens", wanted);
    REQUIRE(made.status == 201);
    return made.json().at("token");
  }
  [[nodiscard]] ProgramResult command(const std::string& token, std::vector<std::string> words) const {
    words.insert(words.begin(), {"--host", "https://localhost:" + std::to_string(port())});
    Program::Options options;
    options.environment = {"MICROVM_CA_FILE=" + certificate.file(), "MICROVM_TOKEN=" + token};
    return runProgram(builtProgram("microvmctl"), std::move(words), options);
  }
  /// One answer to these bytes, on a connection of its own.
  [[nodiscard]] std::string answerTo(const std::string& bytes) const {
    auto dialer = must(client::TlsDialer::make({"localhost", port(), certificate.file()}));
    const auto socket = must(dialer->dial());
    REQUIRE(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
    std::string answer;
    std::array<char, 4096> piece{};
    while (waitReadable(socket.get(), kPatience)) {
      const auto got = ::recv(socket.get(), piece.data(), piece.size(), 0);
      if (got <= 0) break;
      answer.append(piece.data(), static_cast<std::size_t>(got));
    }
    return answer;
  }
};

/// A plain connection to the port.
UniqueFd connectTcp(std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return socket;
}

std::string get(const std::string& host, const std::string& headers) {
  return "GET /v1/vms HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + headers + "\r\n";
}

std::string bearer(const std::string& token) {
  return "Authorization: Bearer " + token + "\r\n";
}

}  // namespace

TEST_CASE("nothing is served over TCP without a certificate") {
  const TempDir folder;
  const std::vector<std::string> folders{"--state-dir", folder / "s", "--run-dir", folder / "r"};
  const auto refused = [&](std::vector<std::string> flags) {
    flags.insert(flags.end(), folders.begin(), folders.end());
    const auto ended = runProgram(builtProgram("microvmd"), std::move(flags));
    CHECK(ended.code == 2);
    return ended.err;
  };

  CHECK(refused({"--listen", "tcp://127.0.0.1:0"}).find("without TLS") != std::string::npos);
  CHECK(refused({"--listen", "127.0.0.1:80"}).find("tcp://127.0.0.1:8443") != std::string::npos);
  CHECK(refused({"--tls-key", "/x"}).find("--listen") != std::string::npos);
  CHECK(refused({"--listen", "tcp://127.0.0.1:0", "--tls-certificate", "/none", "--tls-key", "/none"}).find("/none") !=
        std::string::npos);
}

TEST_CASE("the socket of its own stays for its user alone, and without tokens the log says how to make one") {
  const RemoteDaemon remote;
  struct stat info {};
  REQUIRE(::stat(remote.daemon.api().socket().c_str(), &info) == 0);

  CHECK((info.st_mode & 0777U) == 0600U);
  CHECK(remote.daemon.log().find("microvmctl token create") != std::string::npos);
}

TEST_CASE("from afar everything needs a token, and a token is good for its scopes") {
  const RemoteDaemon remote;
  remote.daemon.create("web");
  const auto reader = remote.tokenFor("reader", "read");
  const auto operating = remote.tokenFor("operator", "operate");
  const auto admin = remote.tokenFor("admin", "admin");

  CHECK(remote.command("", {"list"}).code == 7);
  CHECK(remote.command("microvm_" + std::string(64, '0'), {"list"}).code == 7);
  CHECK(remote.command(reader, {"list"}).out.find("web") != std::string::npos);
  CHECK(remote.command(reader, {"start", "web"}).code == 7);
  CHECK(remote.command(operating, {"start", "web", "--wait"}).code == 0);
  CHECK(remote.command(operating, {"logs", "web"}).code == 7);
  CHECK(remote.command(operating, {"delete", "web", "--force"}).code == 7);
  CHECK(remote.command(reader, {"token", "list"}).code == 7);
  CHECK(remote.command(admin, {"token", "list"}).out.find("operator") != std::string::npos);
  const auto starting = remote.daemon.api().get("/v1/events?kind=vm.starting").json().at("items");
  CHECK(starting.at(0).at("request").at("user") == "token operator");
}

TEST_CASE("what has no token is answered with 401 before its body is read") {
  const RemoteDaemon remote;

  const auto answer = remote.answerTo(
      "POST /v1/vms HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: 500000\r\n\r\n{");

  CHECK(answer.rfind("HTTP/1.1 401 Unauthorized\r\n", 0) == 0);
  CHECK(answer.find("WWW-Authenticate: Bearer") != std::string::npos);
}

TEST_CASE("names that are not the daemon's, and pages of other sites, are refused") {
  const RemoteDaemon remote;
  const auto token = bearer(remote.tokenFor("ci", "read"));

  CHECK(remote.answerTo(get("localhost", token)).rfind("HTTP/1.1 200", 0) == 0);
  CHECK(remote.answerTo(get("evil.example", token)).rfind("HTTP/1.1 403", 0) == 0);
  CHECK(remote.answerTo(get("localhost", token + "Origin: https://evil.example\r\n")).rfind("HTTP/1.1 403", 0) == 0);
}

TEST_CASE("a token that is revoked or expires ends the streams that came in by it") {
  const RemoteDaemon remote;
  const auto follow = [&](const std::string& token) {
    Program::Options options;
    options.environment = {"MICROVM_CA_FILE=" + remote.certificate.file(), "MICROVM_TOKEN=" + token};
    return std::make_unique<Program>(
        builtProgram("microvmctl"),
        std::vector<std::string>{"--host", "https://localhost:" + std::to_string(remote.port()), "events", "-f",
                                 "--after", "0", "-o", "jsonl"},
        options);
  };
  const auto hears = [](const std::unique_ptr<Program>& program) {
    return program->outSoFar().find("vm.created") != std::string::npos;
  };
  remote.daemon.create("web");
  const auto revoked = follow(remote.tokenFor("ci", "read"));
  const auto expiring = follow(remote.tokenFor("short", "read", "2s"));
  const auto kept = follow(remote.tokenFor("kept", "read"));
  waitUntil("all three hear", [&] { return hears(revoked) && hears(expiring) && hears(kept); });

  REQUIRE(remote.daemon.api().remove("/v1/tokens/ci").status == 204);

  CHECK(revoked->finish().code == 7);
  CHECK(expiring->finish().code == 7);
  remote.daemon.create("db");
  waitUntil("the third goes on", [&] { return kept->outSoFar().find(R"("name":"db")") != std::string::npos; });
}

TEST_CASE("a token outlives the daemon, and its secret is in no file") {
  RemoteDaemon remote;
  const auto token = remote.tokenFor("ci", "read");

  remote.daemon.kill9();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(remote.daemon.stateFolder())) {
    if (entry.is_regular_file()) CHECK(readText(entry.path()).find(token.substr(8)) == std::string::npos);
  }
  remote.daemon.start();

  CHECK(remote.command(token, {"list"}).code == 0);
}

TEST_CASE("a certificate that nobody vouches for is not trusted") {
  const RemoteDaemon remote;
  const auto host = "https://localhost:" + std::to_string(remote.port());

  const auto ended = runProgram(builtProgram("microvmctl"), {"--host", host, "list"});

  CHECK(ended.code == 7);
  CHECK(ended.err.find("not trusted") != std::string::npos);
}

TEST_CASE("a client that speaks no TLS, or begins and falls silent, harms nobody") {
  const RemoteDaemon remote;
  const auto token = remote.tokenFor("ci", "read");
  for (const char* bytes : {"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01", ""}) {
    const auto socket = connectTcp(remote.port());
    ::send(socket.get(), bytes, std::strlen(bytes), MSG_NOSIGNAL);
  }
  CHECK(remote.command(token, {"list"}).code == 0);
}

TEST_CASE("over HTTPS any request can be made, within the token's scope") {
  const RemoteDaemon remote;
  const auto token = remote.tokenFor("ci", "read");

  const auto read = remote.command(token, {"api", "GET", "/v1/vms"});
  CHECK(read.code == 0);
  CHECK(read.out.find("\"items\"") != std::string::npos);
  CHECK(remote.command(token, {"api", "POST", "/v1/vms", "-d", "{}"}).code == 7);
}

TEST_CASE("over SSH nothing is needed but microvmctl there") {
  const Daemon daemon;
  daemon.create("web");
  // Takes ssh's command line and runs its last word here, as the shell of the host would.
  const auto ssh =
      daemon.folder().write("ssh", "#!/bin/sh\nPATH=" + std::string(std::getenv("MICROVM_BIN")) +
                                       ":$PATH\nexport PATH\nfor word; do :; done\nexec sh -c \"$word\"\n");
  std::filesystem::permissions(ssh, std::filesystem::perms::owner_all);
  Program::Options options;
  options.environment = {"MICROVM_SSH=" + ssh, "XDG_RUNTIME_DIR=" + (daemon.folder() / "xdg")};
  std::filesystem::create_directories(daemon.folder() / "xdg");
  std::filesystem::create_symlink(daemon.runFolder(), daemon.folder() / "xdg/microvm");

  const auto listed = runProgram(builtProgram("microvmctl"), {"--host", "ssh://me@mac", "list", "-o", "name"}, options);
  const auto started =
      runProgram(builtProgram("microvmctl"), {"--host", "ssh://me@mac", "start", "web", "--wait"}, options);

  const auto asked =
      runProgram(builtProgram("microvmctl"), {"--host", "ssh://me@mac", "api", "GET", "/v1/vms/web"}, options);

  CHECK(listed.out == "web\n");
  CHECK(started.code == 0);
  CHECK(asked.out.find("\"name\":\"web\"") != std::string::npos);
}
