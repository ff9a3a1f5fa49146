#include "daemon/vfkit_qemu/vsock/ignition.hpp"

#include <doctest/doctest.h>

#include "tests/support/coroutines/run_task.hpp"
#include "tests/unit/daemon/vfkit_qemu/vsock/socket_vsock.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;

namespace {

constexpr const char* kConfig = R"({"ignition":{"version":"3.4.0"}})";

/// What a guest hears that asks at the port.
std::string answerTo(net::io_context& context, const SocketVsock& vsock, const std::string& request) {
  const auto socket = test::must(connectUnix(vsock.hostPort(kIgnitionPort), Milliseconds(1000)));
  REQUIRE(::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()));
  Heard heard;
  test::runUntil(context, [&] {
    hear(socket.get(), heard);
    return heard.isOver;
  });
  return heard.text;
}

std::string bodyOf(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

}  // namespace

TEST_CASE("every path is the file, as it is when it is asked for") {
  net::io_context context{1};
  SocketVsock vsock;
  const auto path = vsock.folder.write("config.ign", kConfig);
  const auto server = serveIgnition(context.get_executor(), vsock, path);
  REQUIRE_MESSAGE(server, server.error().detail);

  const auto first = answerTo(context, vsock, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(first.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(bodyOf(first) == kConfig);
  vsock.folder.write("config.ign", "changed");
  const auto second = answerTo(context, vsock, "GET /any/path?x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  CHECK(bodyOf(second) == "changed");
}

TEST_CASE("a file that cannot be read is named before the guest asks") {
  net::io_context context{1};
  SocketVsock vsock;

  const auto server = serveIgnition(context.get_executor(), vsock, "/nonexistent/config.ign");

  REQUIRE_FALSE(server);
  CHECK(server.error().detail == "cannot open /nonexistent/config.ign: no such file or directory");
}
