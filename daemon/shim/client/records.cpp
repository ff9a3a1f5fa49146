#include "daemon/shim/client/records.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <nlohmann/json.hpp>

namespace microvm::shim {
namespace {

using Json = nlohmann::json;

Error strange(const std::string& what) {
  return Error{Errc::Protocol, "the shim's " + what + " cannot be read", {}, {}};
}

Json parse(std::string_view text) {
  return Json::parse(text, nullptr, false);
}

template <class T>
T number(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_number_integer() ? found->get<T>() : T{};
}

std::optional<int> optionalInt(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<int>();
}

std::string text(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// What is not a rung, or has no time, is passed over: a later shim may have more of them.
std::vector<RungTaken> rungs(const Json& json) {
  struct Row {
    std::string_view word;
    Rung rung;
  };
  static constexpr std::array<Row, 3> kRows{
      {{"power-button", Rung::PowerButton}, {"hard-stop", Rung::HardStop}, {"kill", Rung::Kill}}};
  std::vector<RungTaken> taken;
  const auto list = json.find("rungs");
  if (list == json.end() || !list->is_array()) return taken;
  for (const auto& each : *list) {
    if (!each.is_object()) continue;
    const auto at = parseTimestamp(text(each, "at"));
    const auto word = text(each, "rung");
    const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& known) { return known.word == word; });
    if (at && row != kRows.end()) taken.push_back({row->rung, *at});
  }
  return taken;
}

std::string_view takeWord(std::string_view& line) {
  const auto end = std::min(line.find(' '), line.size());
  const auto word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

bool readPid(std::string_view word, int& pid) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), pid);
  return error == std::errc{} && end == word.data() + word.size() && pid > 0;
}

}  // namespace

Result<ShimStatus> parseStatus(std::string_view json) {
  const auto read = parse(json);
  if (!read.is_object()) return strange("status");
  const auto startedAt = parseTimestamp(text(read, "startedAt"));
  ShimStatus status;
  status.shimPid = number<int>(read, "shimPid");
  status.runnerPid = number<int>(read, "runnerPid");
  status.consoleStart = number<std::uint64_t>(read, "consoleStart");
  status.consoleEnd = number<std::uint64_t>(read, "consoleEnd");
  status.consoleDropped = number<std::uint64_t>(read, "consoleDropped");
  status.consoleRate = number<std::uint64_t>(read, "consoleRate");
  if (!startedAt || status.shimPid <= 0 || status.runnerPid <= 0) return strange("status");
  status.startedAt = *startedAt;
  return status;
}

Result<ExitRecord> parseExit(std::string_view json) {
  const auto read = parse(json);
  if (!read.is_object()) return strange("exit record");
  const auto at = parseTimestamp(text(read, "at"));
  if (!at) return strange("exit record");
  ExitRecord record;
  record.code = optionalInt(read, "code");
  record.signal = optionalInt(read, "signal");
  record.at = *at;
  record.reason = text(read, "reason");
  record.rungs = rungs(read);
  record.isHostStop = read.value("hostStop", Json(false)) == Json(true);
  return record;
}

std::optional<ProcessIdentity> parseExitRunner(std::string_view json) {
  const auto read = parse(json);
  if (!read.is_object()) return std::nullopt;
  ProcessIdentity runner{number<int>(read, "runnerPid"), number<std::uint64_t>(read, "runnerStart")};
  if (runner.pid <= 0) return std::nullopt;
  return runner;
}

Result<ConsoleNews> parseNews(std::string_view json) {
  const auto read = parse(json);
  const auto viewers = read.is_object() ? read.find("viewers") : read.end();
  if (!read.is_object() || viewers == read.end() || !viewers->is_array()) return strange("news of the console");
  ConsoleNews news;
  news.start = number<std::uint64_t>(read, "start");
  news.end = number<std::uint64_t>(read, "end");
  news.count = number<std::size_t>(read, "count");
  if (const auto held = optionalInt(read, "exclusive")) news.exclusive = static_cast<std::uint32_t>(*held);
  for (const auto& each : *viewers) {
    const auto since = each.is_object() ? parseTimestamp(text(each, "since")) : Result<Timestamp>(strange("viewer"));
    if (!since) return strange("list of viewers");
    ConsoleViewer viewer;
    viewer.id = number<std::uint32_t>(each, "id");
    viewer.label = text(each, "label");
    viewer.since = *since;
    const auto mode = text(each, "mode");
    if (mode == "rw") viewer.mode = ConsoleMode::ReadWrite;
    if (mode == "exclusive") viewer.mode = ConsoleMode::Exclusive;
    news.viewers.push_back(std::move(viewer));
  }
  return news;
}

Error parseError(std::string_view line) {
  struct Row {
    std::string_view word;
    Errc code;
  };
  static constexpr std::array<Row, 10> kRows{{{"usage", Errc::Internal},
                                              {"invalid", Errc::Invalid},
                                              {"in-use", Errc::InUse},
                                              {"runner-missing", Errc::RunnerMissing},
                                              {"runner-failed", Errc::RunnerFailed},
                                              {"wrong-state", Errc::WrongState},
                                              {"permission", Errc::Permission},
                                              {"no-console", Errc::NotFound},
                                              {"protocol", Errc::Protocol},
                                              {"disk-full", Errc::DiskFull}}};
  const auto word = takeWord(line);
  Error error{Errc::Io, std::string(line), {}, {}};
  for (const auto& row : kRows) {
    if (row.word == word) error.code = row.code;
  }
  return error;
}

Result<ShimStatus> parseReady(std::string_view line) {
  const auto word = takeWord(line);
  if (word == "error") return parseError(line);
  ShimStatus status;
  const bool hasPids =
      word == "ok" && readPid(takeWord(line), status.shimPid) && readPid(takeWord(line), status.runnerPid);
  const auto startedAt = parseTimestamp(line);
  if (!hasPids || !startedAt) return strange("first line");
  status.startedAt = *startedAt;
  return status;
}

}  // namespace microvm::shim
