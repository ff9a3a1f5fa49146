#include "daemon/shim/client/console_stream.hpp"

#include <doctest/doctest.h>

#include "tests/unit/daemon/shim/client/harness.hpp"

using namespace microvm;

namespace {

std::unique_ptr<ConsoleStream> attached(Harness& harness, ConsoleMode mode, std::optional<std::uint64_t> offset) {
  auto stream = harness.run(harness.shims->attach(harness.paths, Harness::attachment(mode, offset)));
  REQUIRE(stream);
  return std::move(*stream);
}

}  // namespace

TEST_CASE("bytes from before the first viewer are not lost") {
  Harness harness;
  REQUIRE(harness.launch({"print:first words", "forever"}));

  const auto stream = attached(harness, ConsoleMode::ReadOnly, 0);

  CHECK(harness.readUntil(*stream, "words\n") == "first words\n");
}

TEST_CASE("two viewers read from different places") {
  Harness harness;
  REQUIRE(harness.launch({"print:0123456789", "forever"}));
  const auto whole = attached(harness, ConsoleMode::ReadOnly, 0);
  CHECK(harness.readUntil(*whole, "\n") == "0123456789\n");

  const auto part = attached(harness, ConsoleMode::ReadOnly, 4);
  const auto chunk = harness.readChunk(*part);

  REQUIRE(chunk);
  CHECK(chunk->offset == 4);
  CHECK(chunk->bytes == "456789\n");
}

TEST_CASE("input reaches the runner and its answer every viewer") {
  Harness harness;
  REQUIRE(harness.launch({"print:login", "echo", "forever"}));
  const auto watcher = attached(harness, ConsoleMode::ReadOnly, 0);
  const auto typist = attached(harness, ConsoleMode::ReadWrite, 0);
  CHECK(harness.readUntil(*watcher, "login\n") == "login\n");

  REQUIRE(harness.run(typist->write("root\n")));

  CHECK(harness.readUntil(*watcher, "root\n") == "got root\n");
  CHECK(harness.readUntil(*typist, "got root\n") == "login\ngot root\n");
}

TEST_CASE("input from a viewer that may only read is refused") {
  Harness harness;
  REQUIRE(harness.launch({"forever"}));
  const auto stream = attached(harness, ConsoleMode::ReadOnly, 0);

  REQUIRE(harness.run(stream->write("x")));
  const auto answer = harness.readChunk(*stream);

  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::Permission);
}

TEST_CASE("input that the guest does not read holds nobody else up") {
  Harness harness;
  REQUIRE(harness.launch({"print:ready", "forever"}));
  const auto stream = attached(harness, ConsoleMode::ReadWrite, 0);
  CHECK(harness.readUntil(*stream, "ready\n") == "ready\n");

  REQUIRE(harness.run(stream->write(std::string(100'000, 'x'))));

  CHECK(harness.run(harness.shims->status(harness.paths)));
}

TEST_CASE("a viewer that reads late jumps to what is kept and is told where it is") {
  Harness harness;
  const ConsoleSettings small{64 * 1024, 2};
  REQUIRE(harness.launch({"flood:2000000", "print:end of flood", "forever"}, small));
  const auto quick = attached(harness, ConsoleMode::ReadOnly, std::nullopt);
  harness.readUntil(*quick, "end of flood");

  const auto late = attached(harness, ConsoleMode::ReadOnly, 16);
  const auto chunk = harness.readChunk(*late);

  REQUIRE(chunk);
  CHECK(chunk->offset > 1'800'000);
  CHECK(std::stoull(chunk->bytes.substr((16 - chunk->offset % 16) % 16, 15)) == (chunk->offset + 15) / 16 * 16);
}

TEST_CASE("a viewer that keeps up during a flood misses nothing") {
  Harness harness;
  const ConsoleSettings roomy{64 * kMiB, 2};
  REQUIRE(harness.launch({"flood:4000000", "exit:0"}, roomy));
  const auto stream = attached(harness, ConsoleMode::ReadOnly, 0);

  std::uint64_t expected = 0;
  bool isWhole = true;
  while (true) {
    const auto chunk = harness.readChunk(*stream);
    REQUIRE(chunk);
    if (chunk->bytes.empty()) break;
    isWhole = isWhole && chunk->offset == expected;
    expected += chunk->bytes.size();
  }

  CHECK(isWhole);
  CHECK(expected >= 4'000'000 - 64 * 1024);  // the last bytes may go with the terminal when its owner exits at once
}

TEST_CASE("control requests are answered during a flood") {
  Harness harness;
  const ConsoleSettings small{64 * 1024, 2};
  REQUIRE(harness.launch({"flood:100000000000"}, small));
  const auto stream = attached(harness, ConsoleMode::ReadOnly, std::nullopt);
  REQUIRE(harness.readChunk(*stream));

  for (int i = 0; i < 20; ++i)
    CHECK(harness.run(harness.shims->status(harness.paths)));
  CHECK(harness.run(harness.shims->kill(harness.paths)));

  CHECK(harness.run(harness.shims->waitForExit(harness.paths)));
}

TEST_CASE("a viewer that never reads does not keep the others or the end waiting") {
  Harness harness;
  const ConsoleSettings small{64 * 1024, 2};
  REQUIRE(harness.launch({"print:go", "flood:8000000", "print:end of flood", "forever"}, small));
  const auto stuck = attached(harness, ConsoleMode::ReadOnly, 0);
  const auto quick = attached(harness, ConsoleMode::ReadOnly, 0);

  CHECK(harness.readUntil(*quick, "end of flood").find("end of flood") != std::string::npos);

  CHECK(harness.run(harness.shims->kill(harness.paths)));
  CHECK(harness.run(harness.shims->waitForExit(harness.paths)));
  CHECK(harness.shims->isHeld(harness.paths).value_or(true) == false);
}

TEST_CASE("the console's offsets go on over boots") {
  Harness harness;
  REQUIRE(harness.launch({"print:boot one", "echo", "exit:0"}));
  auto stream = attached(harness, ConsoleMode::ReadWrite, 0);
  CHECK(harness.readUntil(*stream, "\n") == "boot one\n");
  CHECK(harness.run(harness.shims->kill(harness.paths)));
  REQUIRE(harness.run(harness.shims->waitForExit(harness.paths)));

  REQUIRE(harness.launch({"print:boot two", "forever"}));

  stream = attached(harness, ConsoleMode::ReadOnly, 0);
  CHECK(harness.readUntil(*stream, "two\n") == "boot one\nboot two\n");
}

TEST_CASE("viewers get the rest and then the end when the runner ends") {
  Harness harness;
  REQUIRE(harness.launch({"print:ready", "echo", "forever"}));
  const auto stream = attached(harness, ConsoleMode::ReadWrite, 0);
  CHECK(harness.readUntil(*stream, "ready\n") == "ready\n");
  REQUIRE(harness.run(stream->write("bye\n")));
  CHECK(harness.readUntil(*stream, "\n") == "got bye\n");

  CHECK(harness.run(harness.shims->kill(harness.paths)));

  const auto end = harness.readChunk(*stream);
  REQUIRE(end);
  CHECK(end->bytes.empty());
}

TEST_CASE("a vfkit that knows no pty has its console on standard input and output, without its request log") {
  Harness harness;
  REQUIRE(harness.launch({"--device", "virtio-serial,stdio", "say:login", "say:[GIN] 2026/01/02 - 03:04:05 | 200 | x",
                          "hear", "say:bye", "forever"}));
  const auto stream = attached(harness, ConsoleMode::ReadWrite, 0);
  CHECK(harness.readUntil(*stream, "login\n") == "login\n");

  REQUIRE(harness.run(stream->write("root\n")));

  CHECK(harness.readUntil(*stream, "bye\n") == "heard root\nbye\n");
}

TEST_CASE("a prompt that looks like the beginning of its request log is not kept back for ever") {
  Harness harness;
  REQUIRE(harness.launch({"--device", "virtio-serial,stdio", "say:root [GIN", "forever"}));
  const auto stream = attached(harness, ConsoleMode::ReadOnly, 0);

  CHECK(harness.readUntil(*stream, "[GIN\n") == "root [GIN\n");
}

TEST_CASE("a runner without a serial console has nothing to attach to") {
  Harness harness;
  REQUIRE(harness.launch({"--device", "virtio-rng", "forever"}));

  const auto stream = harness.run(harness.shims->attach(harness.paths, Harness::attachment(ConsoleMode::ReadOnly, 0)));

  REQUIRE_FALSE(stream);
  CHECK(stream.error().code == Errc::NotFound);
  CHECK(stream.error().detail == "the runner has no serial console that the shim could read");
}

TEST_CASE("viewers know their number and are told of each other and of who is heard alone") {
  Harness harness;
  REQUIRE(harness.launch({"forever"}));
  auto attach = Harness::attachment(ConsoleMode::Exclusive, 0);
  attach.label = "one";
  const auto one = harness.run(harness.shims->attach(harness.paths, attach));
  REQUIRE(one);
  const auto two = attached(harness, ConsoleMode::ReadOnly, 0);

  const auto told = harness.run(two->read());

  CHECK((*one)->id() == 1);
  CHECK(two->id() == 2);
  REQUIRE(told);
  REQUIRE(told->news);
  CHECK(told->news->exclusive == 1);
  CHECK(told->news->count == 2);
  CHECK(told->news->viewers.at(0).label == "one");
  CHECK(told->news->viewers.at(0).mode == ConsoleMode::Exclusive);
  const auto late = harness.run(harness.shims->attach(harness.paths, Harness::attachment(ConsoleMode::ReadWrite, 0)));
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::InUse);
}
