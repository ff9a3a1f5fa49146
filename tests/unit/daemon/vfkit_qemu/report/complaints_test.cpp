#include "daemon/vfkit_qemu/report/complaints.hpp"

#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/support/coroutines/run_task.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;
using test::runUntil;
using test::Started;

namespace {

const Log kQuiet(vfkit::Verbosity::Error);

void write(const Complaints& complaints, const std::string& text) {
  REQUIRE(::write(complaints.writeEnd(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

Complaints opened() {
  auto complaints = Complaints::open();
  REQUIRE(complaints);
  return *std::move(complaints);
}

}  // namespace

TEST_CASE("the last line is kept, ended or not") {
  auto complaints = opened();
  CHECK(complaints.last().empty());
  write(complaints, "first\nsecond\n\n");
  complaints.drain(kQuiet);
  CHECK(complaints.last() == "second");

  write(complaints, "third\nhalf");
  complaints.drain(kQuiet);

  CHECK(complaints.last() == "half");
}

TEST_CASE("what the children say is read until the last of them is gone") {
  auto complaints = opened();
  net::io_context context{1};
  Started<Result<void>> reading(context, complaints.readAll(kQuiet));
  write(complaints, "a line\n");
  runUntil(context, [&] { return complaints.last() == "a line"; });
  CHECK_FALSE(reading.hasEnded());

  complaints.closeWriteEnd();

  CHECK(reading.finish());
}

TEST_CASE("a line without end is cut") {
  auto complaints = opened();
  write(complaints, std::string(10'000, 'x') + "\nend\n");

  complaints.drain(kQuiet);

  CHECK(complaints.last() == "end");
}
