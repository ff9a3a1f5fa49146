#include "daemon/process/descriptor.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("a pipe is kept from children and can be made non-blocking") {
  auto pipe = makePipe();
  REQUIRE(pipe);
  CHECK((::fcntl(pipe->read.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(pipe->write.get(), F_GETFD) & FD_CLOEXEC) != 0);

  REQUIRE(setNonBlocking(pipe->read.get()));

  char byte = 0;
  CHECK(::read(pipe->read.get(), &byte, 1) == -1);
  CHECK(errno == EAGAIN);
}

TEST_CASE("a closed descriptor is an error") {
  CHECK_FALSE(setNonBlocking(-1));
  CHECK_FALSE(setCloseOnExec(-1));
}
