#include "daemon/runner/rest/state_json.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/http/message.hpp"

namespace microvm {
namespace {

constexpr std::size_t kErrorBytes = 500;
constexpr std::string_view kPrefix = "VirtualMachineState";
constexpr std::array<std::pair<std::string_view, RunnerState>, 8> kStates{{{"Stopped", RunnerState::Stopped},
                                                                           {"Running", RunnerState::Running},
                                                                           {"Paused", RunnerState::Paused},
                                                                           {"Error", RunnerState::Error},
                                                                           {"Starting", RunnerState::Starting},
                                                                           {"Pausing", RunnerState::Pausing},
                                                                           {"Resuming", RunnerState::Resuming},
                                                                           {"Stopping", RunnerState::Stopping}}};

/// The text of a member; nothing when the body is no object or has no such text.
std::optional<std::string> member(std::string_view body, const char* name) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto found = json.find(name);
  if (found == json.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

}  // namespace

Result<RunnerState> parseRunnerState(std::string_view body) {
  const auto state = member(body, "state");
  if (!state) return Error{Errc::Protocol, "the runner's state cannot be read", {}, {}};
  std::string_view name = *state;
  if (name.substr(0, kPrefix.size()) == kPrefix) name.remove_prefix(kPrefix.size());
  for (const auto& [text, value] : kStates) {
    if (text == name) return value;
  }
  return RunnerState::Other;
}

std::string changeBody(RunnerChange change) {
  switch (change) {
    case RunnerChange::Pause:
      return R"({"state":"Pause"})";
    case RunnerChange::Resume:
      return R"({"state":"Resume"})";
    case RunnerChange::Stop:
      return R"({"state":"Stop"})";
    case RunnerChange::HardStop:
      return R"({"state":"HardStop"})";
  }
  return {};
}

std::optional<RunnerChange> parseChange(std::string_view body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  std::string wanted;
  for (const auto& [name, value] : json.items()) {
    if (http::equalsIgnoringCase(name, "state") && value.is_string()) wanted = value.get<std::string>();
  }
  for (const auto change : {RunnerChange::Pause, RunnerChange::Resume, RunnerChange::Stop, RunnerChange::HardStop}) {
    if (member(changeBody(change), "state") == wanted) return change;
  }
  return std::nullopt;
}

std::string errorText(std::string_view body) {
  auto text = member(body, "error").value_or(std::string(body));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  const auto end = text.find_last_not_of(' ');
  text.resize(std::min(end == std::string::npos ? 0 : end + 1, kErrorBytes));
  return text;
}

}  // namespace microvm
