#include "client/cli/commands/remote/dial_stdio.hpp"

#include <array>
#include <future>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::cli;

namespace {

/// Both ends of a stream.
struct Pair {
  Pair() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    ours.reset(ends[0]);
    theirs.reset(ends[1]);
  }
  UniqueFd ours;
  UniqueFd theirs;
};

void say(const UniqueFd& fd, const std::string& text) {
  REQUIRE(::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

std::string hear(const UniqueFd& fd, std::size_t count) {
  std::string heard;
  std::array<char, 4096> piece{};
  while (heard.size() < count) {
    const auto got = ::read(fd.get(), piece.data(), std::min(piece.size(), count - heard.size()));
    if (got <= 0) break;
    heard.append(piece.data(), static_cast<std::size_t>(got));
  }
  return heard;
}

struct Dialled {
  Dialled() {
    auto pass = [in = input.theirs.get(), out = output.theirs.get(), socket = std::move(daemon.theirs)]() mutable {
      return passThrough(in, out, std::move(socket));
    };
    ended = std::async(std::launch::async, std::move(pass));
  }
  Pair input;
  Pair output;
  Pair daemon;
  std::future<Result<void>> ended;
};

}  // namespace

TEST_CASE("bytes go to the daemon and back until the daemon closes") {
  Dialled d;

  say(d.input.ours, "GET / HTTP/1.1\r\n\r\n");
  CHECK(hear(d.daemon.ours, 18) == "GET / HTTP/1.1\r\n\r\n");
  say(d.daemon.ours, "HTTP/1.1 200 OK\r\n\r\n");
  CHECK(hear(d.output.ours, 19) == "HTTP/1.1 200 OK\r\n\r\n");
  d.daemon.ours.reset();

  CHECK(d.ended.get());
}

TEST_CASE("the end of the input is told to the daemon, and its answer is still passed on") {
  Dialled d;

  say(d.input.ours, "question");
  d.input.ours.reset();
  CHECK(hear(d.daemon.ours, 100) == "question");
  const std::string answer(1'000'000, 'a');
  auto heard = std::async(std::launch::async, [&] { return hear(d.output.ours, answer.size()); });
  say(d.daemon.ours, answer);
  d.daemon.ours.reset();

  CHECK(heard.get() == answer);
  CHECK(d.ended.get());
}
