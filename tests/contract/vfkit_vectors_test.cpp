// vfkit's own argument parser was run on every row of vfkit-vectors.json; ours must agree.
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "daemon/runner/vfkit/command_line_parser.hpp"
#include "daemon/runner/vfkit/inspect.hpp"

using namespace microvm;
using nlohmann::json;

namespace {

json loadVectors() {
  const char* source = std::getenv("MICROVM_SOURCE");
  REQUIRE(source != nullptr);
  std::ifstream file(std::string(source) + "/tests/contract/vfkit-vectors.json");
  REQUIRE(file.good());
  return json::parse(file);
}

/// The members of a row that the parser's answer must equal, taken from that answer.
json observed(const json& row) {
  const auto options = vfkit::parseCommandLine(row.at("argv").get<std::vector<std::string>>());
  json answer{{"argv", row.at("argv")}, {"accepted", options.has_value()}};
  if (!options) return answer;
  answer["inspect"] = json::parse(vfkit::inspectDocument(*options).dump());
  if (row.contains("kernelCmdline")) answer["kernelCmdline"] = answer["inspect"]["bootloader"]["kernelCmdLine"];
  if (row.contains("gui")) answer["gui"] = options->gui;
  if (row.contains("logLevel") && options->verbosity == vfkit::Verbosity::Error) answer["logLevel"] = "error";
  if (row.contains("ignoredPositionalArgs")) answer["ignoredPositionalArgs"] = row["ignoredPositionalArgs"];
  if (row.contains("rest")) {
    const vfkit::RestAddress& rest = options->rest;
    const bool isTcp = rest.kind == vfkit::RestKind::Tcp;
    answer["rest"] = {
        {"scheme", isTcp ? "tcp" : "unix"}, {"host", isTcp ? rest.host + ":" + rest.port : ""}, {"path", rest.path}};
  }
  return answer;
}

}  // namespace

TEST_CASE("every recorded command line is accepted, refused and shown as vfkit does") {
  const json vectors = loadVectors();

  CHECK(vectors.size() == 176);
  for (const json& row : vectors)
    CHECK(observed(row) == row);
}
