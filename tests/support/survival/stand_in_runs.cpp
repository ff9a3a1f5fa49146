#include "tests/support/survival/stand_in_runs.hpp"

#include <fstream>

#include "tests/support/api.hpp"

namespace microvm::test {
namespace {

/// "/run/0a1b2c3d/vfkit.sock": the folder's name.
std::string folderNameOf(const std::string& socket) {
  const auto end = socket.rfind('/');
  const auto begin = end == std::string::npos ? end : socket.rfind('/', end - 1);
  return begin == std::string::npos ? "" : socket.substr(begin + 1, end - begin - 1);
}

}  // namespace

void StandInRuns::update() {
  std::ifstream file(file_);
  file.seekg(static_cast<std::streamoff>(read_));
  for (std::string line; std::getline(file, line) && !file.eof();) {
    read_ += line.size() + 1;
    take(line);
  }
}

void StandInRuns::take(const std::string& line) {
  const bool isStart = line.find("\"call\":\"start\"") != std::string::npos;
  if (!isStart && line.find("\"call\":\"exit\"") == std::string::npos) return;
  const auto call = Json::parse(line, nullptr, false);
  if (call.is_discarded()) return;  // cut off by a SIGKILL
  auto& run = runs_[call.at("run")];
  run.runId = folderNameOf(call.at("socket"));
  run.pid = call.at("pid");
  if (isStart && !call.at("shim").is_null()) run.shim = call.at("shim").get<int>();
  if (!isStart && call.at("code") == 0) run.lines = call.at("lines").get<std::uint64_t>();
}

}  // namespace microvm::test
