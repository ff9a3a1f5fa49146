#include "client/cli/output/output.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "api/core/unique_fd.hpp"

using namespace microvm::cli;

TEST_CASE("columns line up, the last is ragged and empty cells are a dash") {
  Table table({"NAME", "STATE", "NOTE"});
  table.add({Cell{"web"}, Cell{"running", "32"}, Cell{""}});
  table.add({Cell{"grün"}, Cell{"stopped"}, Cell{"a\x1b[2J"}});

  CHECK(table.text(Table::Colour::Off) ==
        "NAME  STATE    NOTE\n"
        "web   running  -\n"
        "grün  stopped  a\\x1b[2J\n");
  CHECK(table.text(Table::Colour::On).find("\x1b[32mrunning\x1b[0m  -") != std::string::npos);
}

TEST_CASE("a reader that went away closes the output quietly") {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  const microvm::UniqueFd writing(ends[1]);
  Output output(writing.get());

  output.write("text");

  CHECK(output.isClosed());
  CHECK(output.failure() == 0);
  CHECK_FALSE(output.isTerminal());
}

TEST_CASE("an output that refuses is closed, and why is kept") {
  const microvm::UniqueFd reading(::open("/dev/null", O_RDONLY));
  Output output(reading.get());

  output.write("text");

  CHECK(output.isClosed());
  CHECK(output.failure() == EBADF);
}

TEST_CASE("formats are read by name") {
  CHECK(*parseFormat("jsonl") == Format::JsonLines);
  CHECK(parseFormat("yaml").error().hint == "one of table, wide, json, jsonl, name");
}
