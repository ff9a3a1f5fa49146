#include "client/cli/output/vm_table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string_view colourOf(std::string_view state) {
  if (state == "running") return "32";
  if (state == "starting" || state == "stopping") return "33";
  return state == "broken" ? "31" : "";
}

std::string labelsOf(const Json& vm) {
  const Json::json_pointer place("/metadata/labels");
  if (!vm.contains(place) || !vm.at(place).is_object()) return {};
  std::string text;
  for (const auto& [key, value] : vm.at(place).items())
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", key, value.is_string() ? value.get<std::string>() : "");
  return text;
}

// The members of every item of a list, one item in a line.
std::string items(const Json& vm, const char* list, const char* member) {
  const Json::json_pointer place(fmt::format("/spec/{}", list));
  if (!vm.contains(place) || !vm.at(place).is_array()) return {};
  std::string text;
  for (const Json& item : vm.at(place))
    text += fmt::format("{}{}", text.empty() ? "" : ", ", textAt(item, member));
  return text;
}

}  // namespace

Table vmTable(const std::vector<Json>& vms, Format format, Timestamp now) {
  const bool wide = format == Format::Wide;
  std::vector<std::string_view> header{"NAME", "STATE", "READY", "CPUS", "MEMORY", "UPTIME"};
  if (wide) header.insert(header.end(), {"PID", "RUNNER", "ID", "LABELS"});
  Table table(std::move(header));
  for (const Json& vm : vms) {
    const auto state = stateOf(vm);
    std::vector<Cell> row{Cell{nameOf(vm)},
                          Cell{state, colourOf(state)},
                          Cell{readyOf(vm)},
                          Cell{textAt(vm, "/spec/cpus")},
                          Cell{textAt(vm, "/spec/memory")},
                          Cell{uptimeOf(vm, now)}};
    if (wide) {
      for (auto text :
           {textAt(vm, "/status/runnerPid"), textAt(vm, "/spec/runner"), textAt(vm, "/metadata/id"), labelsOf(vm)}) {
        row.push_back(Cell{std::move(text)});
      }
    }
    table.add(std::move(row));
  }
  return table;
}

std::string vmSummary(const Json& vm, Timestamp now) {
  const auto uptime = uptimeOf(vm, now);
  const std::pair<std::string_view, std::string> lines[] = {
      {"name", nameOf(vm)},
      {"id", textAt(vm, "/metadata/id")},
      {"state", stateOf(vm) + (uptime.empty() ? "" : fmt::format(" for {}", uptime))},
      {"reason", textAt(vm, "/status/reason")},
      {"ready", readyOf(vm) == "no" ? "no: " + textAt(conditionOf(vm, "Ready"), "/message") : readyOf(vm)},
      {"last exit", textAt(vm, "/status/lastExit/reason")},
      {"process", textAt(vm, "/status/runnerPid")},
      {"runner", textAt(vm, "/spec/runner")},
      {"cpus", textAt(vm, "/spec/cpus")},
      {"memory", textAt(vm, "/spec/memory")},
      {"kernel", textAt(vm, "/spec/boot/linux/kernel")},
      {"volumes", items(vm, "volumes", "/image")},
      {"shares", items(vm, "shares", "/source")},
      {"interfaces", items(vm, "interfaces", "/mac")},
      {"labels", labelsOf(vm)},
      {"created", textAt(vm, "/metadata/createdAt")},
  };
  std::string text;
  for (const auto& [name, value] : lines) {
    if (!value.empty()) text += fmt::format("{:<12}{}\n", fmt::format("{}:", name), printable(value));
  }
  return text;
}

}  // namespace microvm::cli
