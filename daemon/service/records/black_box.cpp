#include "daemon/service/records/black_box.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/core/file.hpp"
#include "daemon/wire/definition_json.hpp"

namespace microvm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kTail = 64 * 1024;
constexpr std::size_t kMostRunnerLog = 2 * 1024 * 1024;
constexpr std::size_t kMostBox = 4 * 1024 * 1024;
constexpr std::size_t kMostArgv = 4 * 1024 * 1024;
constexpr std::size_t kBoxesKept = 5;

std::string folderOf(const VmPaths& paths) {
  return paths.stateFolder + "/postmortem";
}

std::string argvFileOf(const VmPaths& paths) {
  return paths.runFolder + "/argv.json";
}

/// Empty when none was noted.
Json notedArgv(const VmPaths& paths) {
  const auto text = readFile(argvFileOf(paths), kMostArgv);
  auto json = Json::parse(text.value_or("[]"), nullptr, false);
  return json.is_array() ? json : Json::array();
}

Json consoleOf(const VmPaths& paths, const ConsoleLogs& logs) {
  Json json;
  const auto end = logs.read(paths, std::numeric_limits<std::uint64_t>::max(), 0);
  if (!end) return Json{{"error", end.error().detail}};
  const auto from = std::max(end->start, end->end - std::min<std::uint64_t>(end->end, kTail));
  const auto slice = logs.read(paths, from, kTail);
  if (!slice) return Json{{"error", slice.error().detail}};
  json["offset"] = slice->offset;
  json["text"] = slice->bytes;
  return json;
}

std::string runnerLogOf(const VmPaths& paths) {
  auto text = readFile(paths.runnerLog(), kMostRunnerLog);
  if (!text) return {};
  return text->size() > kTail ? text->substr(text->size() - kTail) : *text;
}

Json loadOfHost() {
  std::array<double, 3> load{};
  const int known = ::getloadavg(load.data(), static_cast<int>(load.size()));
  Json json = Json::array();
  for (int i = 0; i < known; ++i)
    json.push_back(load.at(static_cast<std::size_t>(i)));
  return json;
}

Json toJson(const VmPaths& paths, const BlackBox& box, const ConsoleLogs& logs) {
  Json json;
  json["vm"] = Json{{"id", box.vm.id}, {"name", box.vm.definition.name}};
  json["at"] = formatTimestamp(box.exit.at);
  json["exit"] = exitRecordToJson(box.exit);
  json["argv"] = box.argv.empty() ? notedArgv(paths) : Json(box.argv);
  json["hostLoad"] = loadOfHost();
  json["events"] = Json::array();
  for (const auto& event : box.events)
    json["events"].push_back(eventToJson(event));
  json["runnerLog"] = runnerLogOf(paths);
  json["console"] = consoleOf(paths, logs);
  return json;
}

/// By name, which begins with the time.
std::vector<std::filesystem::path> boxesIn(const std::string& folder) {
  std::vector<std::filesystem::path> found;
  std::error_code ec;
  for (std::filesystem::directory_iterator entry(folder, ec), none; !ec && entry != none; entry.increment(ec)) {
    if (entry->path().extension() == ".json") found.push_back(entry->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

void forgetOld(const std::string& folder) {
  auto boxes = boxesIn(folder);
  for (std::size_t i = 0; i + kBoxesKept < boxes.size(); ++i) {
    std::error_code ignored;
    std::filesystem::remove(boxes[i], ignored);
  }
}

}  // namespace

Result<void> noteArgv(const VmPaths& paths, const Argv& argv) {
  return replaceFile(argvFileOf(paths), Json(argv).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

void forgetArgv(const VmPaths& paths) {
  std::error_code ignored;  // one that was never noted
  std::filesystem::remove(argvFileOf(paths), ignored);
}

Result<void> writeBlackBox(const VmPaths& paths, const BlackBox& box, const ConsoleLogs& logs) {
  const auto folder = folderOf(paths);
  if (auto made = makeFolders(folder); !made) return made;
  const auto text = toJson(paths, box, logs).dump(2, ' ', false, Json::error_handler_t::replace);
  const auto path = fmt::format("{}/{:020}.json", folder, box.exit.at.time_since_epoch().count());
  if (auto written = writeFileAtomically(path, text + "\n"); !written) return written;
  forgetOld(folder);
  return {};
}

Result<std::string> readBlackBox(const VmPaths& paths) {
  const auto boxes = boxesIn(folderOf(paths));
  if (boxes.empty()) {
    return Error{Errc::NotFound, "nothing is kept: this VM has not ended unexpectedly", {}, {}};
  }
  return readFile(boxes.back().string(), kMostBox);
}

}  // namespace microvm
