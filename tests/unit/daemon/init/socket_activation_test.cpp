#include "daemon/init/socket_activation.hpp"

#include <sys/socket.h>

#include <doctest/doctest.h>

#include "daemon/process/descriptor.hpp"
#include "daemon/process/unix_socket.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using test::must;
using test::TempDir;

namespace {

template <class... Sockets>
std::vector<PassedSocket> passed(Sockets... sockets) {
  std::vector<PassedSocket> all;
  (all.push_back(std::move(sockets)), ...);
  return all;
}

}  // namespace

TEST_CASE("without a passed socket there is none") {
  const auto chosen = chooseListener({});

  REQUIRE(chosen);
  CHECK_FALSE(chosen->has_value());
}

TEST_CASE("one socket is taken whatever its name, and its path is known") {
  const TempDir folder;
  const auto chosen = chooseListener(passed(PassedSocket{"microvmd.socket", must(listenUnix(folder / "a.sock"))}));

  REQUIRE(chosen);
  REQUIRE(chosen->has_value());
  CHECK((*chosen)->path == folder / "a.sock");
  CHECK(connectUnix(folder / "a.sock", Milliseconds(100)));
}

TEST_CASE("of several sockets the one called api is taken") {
  const TempDir folder;
  const auto chosen = chooseListener(passed(PassedSocket{"other", must(listenUnix(folder / "a.sock"))},
                                            PassedSocket{"api", must(listenUnix(folder / "b.sock"))}));

  REQUIRE(chosen);
  CHECK((*chosen)->path == folder / "b.sock");
}

TEST_CASE("several sockets without an api are refused") {
  const TempDir folder;
  const auto chosen = chooseListener(passed(PassedSocket{"x", must(listenUnix(folder / "a.sock"))},
                                            PassedSocket{"y", must(listenUnix(folder / "b.sock"))}));

  REQUIRE_FALSE(chosen);
  CHECK(chosen.error().code == Errc::Usage);
}

TEST_CASE("what is no listening stream socket at a path is refused") {
  const TempDir folder;
  const auto listener = must(listenUnix(folder / "a.sock"));
  auto refuse = [](UniqueFd fd) {
    const auto chosen = chooseListener(passed(PassedSocket{"api", std::move(fd)}));
    REQUIRE_FALSE(chosen);
    CHECK(chosen.error().detail.find("api") != std::string::npos);
  };
  refuse(must(makePipe()).read);
  refuse(UniqueFd(::socket(AF_UNIX, SOCK_STREAM, 0)));
  refuse(UniqueFd(::socket(AF_UNIX, SOCK_DGRAM, 0)));
  refuse(UniqueFd(::socket(AF_INET, SOCK_STREAM, 0)));
  refuse(must(connectUnix(folder / "a.sock", Milliseconds(100))));
}
