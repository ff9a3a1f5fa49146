// vfkit's own argument parser was run on every row of vfkit-vectors.json; ours must agree. The rows of
// vfkit-grammar.json follow from its sources, rule by rule.
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "daemon/runner/vfkit/command_line_parser.hpp"
#include "daemon/runner/vfkit/inspect.hpp"
#include "tests/support/program.hpp"

using namespace microvm;
using nlohmann::json;

namespace {

using Words = std::vector<std::string>;

json load(const std::string& name) {
  const char* source = std::getenv("MICROVM_SOURCE");
  REQUIRE(source != nullptr);
  std::ifstream file(std::string(source) + "/tests/contract/" + name);
  REQUIRE(file.good());
  return json::parse(file);
}

json shown(const vfkit::RestAddress& rest) {
  switch (rest.kind) {
    case vfkit::RestKind::Unix:
      return {{"scheme", "unix"}, {"host", ""}, {"path", rest.path}};
    case vfkit::RestKind::Tcp: {
      const bool isLiteral = rest.host.find(':') != std::string::npos;
      const std::string host = isLiteral ? "[" + rest.host + "]" : rest.host;
      return {{"scheme", "tcp"}, {"host", host + ":" + rest.port}, {"path", ""}};
    }
    case vfkit::RestKind::None:
    case vfkit::RestKind::Nowhere:
      break;
  }
  return {{"scheme", "none"}, {"host", ""}, {"path", ""}};
}

/// The members of a row that the parser's answer must equal, taken from that answer.
json observed(const json& row) {
  const auto options = vfkit::parseCommandLine(row.at("argv").get<Words>());
  json answer{{"argv", row.at("argv")}, {"accepted", options.has_value()}};
  if (!options) return answer;
  answer["inspect"] = json::parse(vfkit::inspectText(*options));
  if (row.contains("kernelCmdline")) answer["kernelCmdline"] = answer["inspect"]["bootloader"]["kernelCmdLine"];
  if (row.contains("gui")) answer["gui"] = options->gui;
  if (row.contains("logLevel") && options->verbosity == vfkit::Verbosity::Error) answer["logLevel"] = "error";
  if (row.contains("ignoredPositionalArgs")) answer["ignoredPositionalArgs"] = row["ignoredPositionalArgs"];
  if (row.contains("rest")) answer["rest"] = shown(options->rest);
  return answer;
}

/// A row's words; all but those about the bootloader itself are behind one that is in order.
Words wordsOf(const json& row) {
  Words words;
  if (!row.contains("bare")) words = {"--kernel", "/k", "--initrd", "/i", "--kernel-cmdline", "x"};
  for (const json& word : row.at("args"))
    words.push_back(word.get<std::string>());
  return words;
}

/// The members that a row says something about; null where there is no such member.
json membersOf(const json& inspect, const json& wanted) {
  json found = json::object();
  for (const auto& member : wanted.items())
    found[member.key()] = inspect.contains(member.key()) ? inspect[member.key()] : json();
  return found;
}

test::ProgramResult parseOnly(Words words) {
  words.insert(words.begin(), "--parse-only");
  return test::runProgram(test::builtProgram("vfkit-qemu"), std::move(words));
}

std::string lastLine(const std::string& text) {
  const std::string lines = text.substr(0, text.find_last_not_of('\n') + 1);
  return lines.substr(lines.rfind('\n') + 1);
}

}  // namespace

TEST_CASE("every recorded command line is accepted, refused and shown as vfkit does") {
  const json vectors = load("vfkit-vectors.json");

  CHECK(vectors.size() == 176);
  for (const json& row : vectors)
    CHECK(observed(row) == row);
}

TEST_CASE("every rule of the grammar holds, with vfkit's words for what it refuses") {
  const json rows = load("vfkit-grammar.json");

  CHECK(rows.size() > 300);
  for (const json& row : rows) {
    const std::string shownRow = row.dump();
    CAPTURE(shownRow);
    const auto options = vfkit::parseCommandLine(wordsOf(row));
    if (row.contains("error")) {
      CHECK((options ? "accepted" : options.error().detail) == row["error"].get<std::string>());
      continue;
    }
    CHECK((options ? "accepted" : options.error().detail) == "accepted");
    if (!options) continue;
    const json inspect = json::parse(vfkit::inspectText(*options));
    if (row.contains("devices")) CHECK(inspect.value("devices", json()) == row["devices"]);
    if (row.contains("inspect")) CHECK(membersOf(inspect, row["inspect"]) == row["inspect"]);
    if (row.contains("rest")) CHECK(shown(options->rest) == row["rest"]);
  }
}

TEST_CASE("the program says the same: the document alone on its output, or the reason as the last line of the errors") {
  for (const json& row : load("vfkit-vectors.json")) {
    const std::string shownRow = row.dump();
    CAPTURE(shownRow);
    const auto result = parseOnly(row.at("argv").get<Words>());
    if (row.at("accepted").get<bool>()) {
      CHECK(result.code == 0);
      CHECK(json::parse(result.out, nullptr, false) == row.at("inspect"));
      CHECK(result.err.empty());
    } else {
      CHECK(result.code == 1);
      CHECK(result.out.empty());
      CHECK(lastLine(result.err) == vfkit::parseCommandLine(row.at("argv").get<Words>()).error().detail);
    }
  }
}
