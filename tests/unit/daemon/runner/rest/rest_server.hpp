// A runner's REST socket that answers one request with given bytes.
#pragma once
#include <string>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/async/timing.hpp"
#include "daemon/process/unix_socket.hpp"
#include "tests/support/temp_dir.hpp"

namespace microvm {

class RestServer {
public:
  RestServer() {
    auto made = listenUnix(path());
    REQUIRE(made);
    listener_ = std::move(*made);
  }

  [[nodiscard]] std::string path() const { return folder_.path() + "/vfkit.sock"; }

  /// Runs the task while one request is answered with these bytes and the connection closed.
  template <class T>
  T run(const std::string& answer, net::awaitable<T> task) {
    net::co_spawn(context_, serve(this, answer), [](const std::exception_ptr&) {});
    return run(std::move(task));
  }
  template <class T>
  T run(net::awaitable<T> task) {
    std::optional<T> out;
    net::co_spawn(context_, std::move(task), [&](const std::exception_ptr& thrown, T value) {
      if (!thrown) out = std::move(value);
    });
    context_.restart();
    while (!out && context_.run_one_for(std::chrono::seconds(20)) != 0)
      continue;
    REQUIRE(out);
    return std::move(*out);
  }

  std::string received;

private:
  static net::awaitable<void> serve(RestServer* self, std::string answer) {
    auto waited = co_await waitReadable(self->listener_.get());
    auto client = acceptUnix(self->listener_.get());
    if (!waited || !client) co_return;
    waited = co_await waitReadable(client->get());
    char buffer[4096];
    const auto got = ::read(client->get(), buffer, sizeof buffer);
    if (got > 0) self->received.assign(buffer, static_cast<std::size_t>(got));
    (void)!::write(client->get(), answer.data(), answer.size());
  }

  net::io_context context_;
  test::TempDir folder_;
  UniqueFd listener_;
};

}  // namespace microvm
