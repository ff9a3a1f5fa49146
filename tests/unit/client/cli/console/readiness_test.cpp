#include "client/cli/console/readiness.hpp"

#include <array>
#include <fcntl.h>
#include <sys/select.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "api/core/unique_fd.hpp"

using namespace microvm;
using namespace microvm::cli;

namespace {

struct Ends {
  UniqueFd read;
  UniqueFd write;
  Ends() {
    int both[2];
    REQUIRE(::pipe(both) == 0);
    read.reset(both[0]);
    write.reset(both[1]);
  }
};

}  // namespace

TEST_CASE("select tells the same as poll of what is ready, and nothing of what is not") {
  Ends full;
  Ends empty;
  Ends hungUp;
  REQUIRE(::write(full.write.get(), "x", 1) == 1);
  hungUp.write.reset();
  std::array<pollfd, 5> waits{{{full.read.get(), POLLIN, 0},
                               {empty.read.get(), POLLIN, 0},
                               {-1, POLLIN, 0},
                               {empty.write.get(), POLLOUT, 0},
                               {hungUp.read.get(), POLLIN, 0}}};

  const int ready = selectReady(waits, -1);

  CHECK(ready == 3);
  CHECK(waits[0].revents == POLLIN);
  CHECK(waits[1].revents == 0);
  CHECK(waits[2].revents == 0);
  CHECK(waits[3].revents == POLLOUT);
  CHECK(waits[4].revents == POLLIN);
}

TEST_CASE("select ends with nothing when the limit passes") {
  const Ends empty;
  std::array<pollfd, 1> waits{{{empty.read.get(), POLLIN, 0}}};

  CHECK(selectReady(waits, 1) == 0);
  CHECK(waits[0].revents == 0);
}

TEST_CASE("what is not open, and what select has no room for, is said to be invalid") {
  Ends closed;
  const int number = closed.read.get();
  closed.read.reset();
  std::array<pollfd, 2> waits{{{number, POLLIN, 0}, {FD_SETSIZE, POLLIN, 0}}};

  CHECK(selectReady(waits, -1) == 2);
  CHECK(waits[0].revents == POLLNVAL);
  CHECK(waits[1].revents == POLLNVAL);
}

TEST_CASE("a device that poll takes or refuses is read all the same") {
  const UniqueFd device(::open("/dev/null", O_RDONLY));
  std::array<pollfd, 1> waits{{{device.get(), POLLIN, 0}}};

  CHECK(waitReady(waits, -1) == 1);
  CHECK((waits[0].revents & POLLIN) != 0);
}
