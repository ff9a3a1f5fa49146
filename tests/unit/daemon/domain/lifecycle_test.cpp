#include "daemon/domain/lifecycle.hpp"

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "api/core/file.hpp"

using namespace microvm;

namespace {

std::string sourceFile(const std::string& path) {
  const char* root = std::getenv("MICROVM_SOURCE");
  return std::string(root == nullptr ? "." : root) + "/" + path;
}

using Row = std::vector<std::string>;

/// The rows of the checked-in table, each with five words.
std::vector<Row> readTable() {
  std::istringstream text(readFile(sourceFile("tests/unit/daemon/domain/lifecycle_table.txt"), 1 << 16).value());
  std::vector<Row> rows;
  for (std::string line; std::getline(text, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    Row row(5, "none");
    for (std::string& word : row) {
      if (!(words >> word)) word = "none";
    }
    rows.push_back(row);
  }
  return rows;
}

Row rowOf(const LifecycleRule& rule) {
  const Transition decided = decide(rule.state, rule.event);
  return {std::string(toText(rule.state)), std::string(toText(rule.event)),
          decided.next ? std::string(toText(*decided.next)) : "-", std::string(toText(decided.effect)),
          std::string(toText(decided.refusal))};
}

std::string cellOf(const Row& row) {
  const std::string effect = row[3] == "none" ? "" : row[3];
  if (row[3] == "refuse") return fmt::format("*refuse: {}*", row[4]);
  if (row[2] == "-") return effect == "ignore" ? "" : effect;
  return effect.empty() ? fmt::format("→ **{}**", row[2]) : fmt::format("→ **{}**, {}", row[2], effect);
}

/// docs/state-machine.md: a line per event, a column per state.
std::string documentOf(const std::vector<Row>& rows) {
  std::string text =
      "# The states of a VM\n\n"
      "Made from `tests/unit/daemon/domain/lifecycle_table.txt`; a test compares both. A cell says the next state, if "
      "it\n"
      "changes, and what is done then; an empty one means that the event is dropped. The supervisor persists the new\n"
      "state first and then acts.\n\n"
      "| event |";
  for (std::size_t state = 0; state < rows.size() / kLifecycleEvents; ++state) {
    text += fmt::format(" {} |", rows[state * kLifecycleEvents][0]);
  }
  text += "\n|---";
  for (std::size_t state = 0; state < rows.size() / kLifecycleEvents; ++state)
    text += "|---";
  text += "|\n";
  for (std::size_t event = 0; event < kLifecycleEvents; ++event) {
    text += fmt::format("| {} |", rows[event][1]);
    for (std::size_t at = event; at < rows.size(); at += kLifecycleEvents)
      text += fmt::format(" {} |", cellOf(rows[at]));
    text += "\n";
  }
  return text;
}

Vm vmIn(State state) {
  Vm vm;
  vm.definition.name = "web";
  vm.state = state;
  return vm;
}

}  // namespace

TEST_CASE("the code decides as the checked-in table says") {
  std::vector<Row> decided;
  for (const LifecycleRule& rule : lifecycleTable())
    decided.push_back(rowOf(rule));

  const std::vector<Row> written = readTable();

  REQUIRE(written.size() == decided.size());
  for (std::size_t i = 0; i < written.size(); ++i) {
    CAPTURE(fmt::format("{} {}", written[i][0], written[i][1]));
    CHECK(written[i] == decided[i]);
  }
}

TEST_CASE("the documentation shows the checked-in table") {
  const std::string path = sourceFile("docs/state-machine.md");
  const std::string wanted = documentOf(readTable());
  if (std::getenv("MICROVM_REGENERATE") != nullptr) REQUIRE(writeFileAtomically(path, wanted).has_value());

  const bool isSame = readFile(path, 1 << 16).value_or("") == wanted;

  CHECK_MESSAGE(isSame, "docs/state-machine.md is stale: run this test with MICROVM_REGENERATE=1");
}

TEST_CASE("only refused events carry a reason, and they change nothing") {
  for (const LifecycleRule& rule : lifecycleTable()) {
    const Transition& transition = rule.transition;
    CHECK((transition.effect == Effect::Refuse) == (transition.refusal != Refusal::None));
    if (transition.effect == Effect::Refuse) CHECK_FALSE(transition.next.has_value());
  }
}

TEST_CASE("nothing leaves the broken state and nothing enters it") {
  for (const LifecycleRule& rule : lifecycleTable()) {
    if (rule.state == State::Broken) CHECK_FALSE(rule.transition.next.has_value());
    CHECK(rule.transition.next != State::Broken);
  }
}

TEST_CASE("a refusal says what is wrong and the way out") {
  const Error error = refusalError(Refusal::Stopping, vmIn(State::Stopping), LifecycleEvent::StartAsked);

  CHECK(error.code == Errc::WrongState);
  CHECK(error.detail == "VM web is stopping and cannot be started");
  CHECK(error.hint == "wait until it is stopped and ask again; kill ends it at once");
}

TEST_CASE("the refusal of a broken VM says what is broken") {
  Vm vm = vmIn(State::Broken);
  vm.reason = "its definition cannot be read";

  const Error error = refusalError(Refusal::Broken, vm, LifecycleEvent::StopAsked);

  CHECK(error.detail == "VM web is broken and cannot be stopped: its definition cannot be read");
}
