#include "client/cli/command.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "api/core/text.hpp"

namespace microvm::cli {
namespace {

constexpr std::array<Option, 4> kGlobal{{
    {"--host", "ADDRESS",
     "the daemon: unix://PATH, ssh://USER@HOST or https://HOST:PORT; otherwise MICROVM_HOST, otherwise the user's own "
     "daemon",
     Takes::OneValue},
    {"-q,--quiet", "", "no notes on standard error; list prints names only", Takes::Nothing},
    {"-h,--help", "", "this text", Takes::Nothing},
    {"-V,--version", "", "the client's version", Takes::Nothing},
}};

std::vector<std::string_view> listed(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

}  // namespace

const Command* findCommand(CommandTable table, std::string_view name) {
  for (const Command* command : table) {
    if (command->name == name || (!command->alias.empty() && command->alias == name)) return command;
  }
  return nullptr;
}

std::string_view closestCommand(CommandTable table, std::string_view name) {
  std::vector<std::string> names;
  for (const Command* command : table)
    names.emplace_back(command->name);
  const auto near = nearestName(name, names);
  return near ? findCommand(table, *near)->name : std::string_view();
}

std::string_view keyOf(const Option& option) {
  const auto dashes = option.names.find("--");
  const auto name = option.names.substr(dashes + 2);
  return name.substr(0, name.find(','));
}

std::vector<std::string_view> namesOf(const Option& option) {
  return listed(option.names);
}

std::vector<std::string_view> choicesOf(const Option& option) {
  return listed(option.choices);
}

bool takesList(const Option& option) {
  return !option.choices.empty() && option.value.find("[,") != std::string_view::npos;
}

std::string choicesText(const Option& option) {
  const auto choices = choicesOf(option);
  if (choices.size() < 2) return std::string(option.choices);
  return fmt::format("{} or {}", fmt::join(choices.begin(), choices.end() - 1, ", "), choices.back());
}

std::string helpOf(const Option& option) {
  std::string text(option.help);
  if (const auto place = text.find("{}"); place != std::string::npos) text.replace(place, 2, choicesText(option));
  return text;
}

std::span<const Option> globalOptions() {
  return kGlobal;
}

const Option* findOption(const Command* command, std::string_view name) {
  for (const auto options : {command == nullptr ? std::span<const Option>() : command->options, globalOptions()}) {
    for (const Option& option : options) {
      const auto names = namesOf(option);
      if (std::find(names.begin(), names.end(), name) != names.end()) return &option;
    }
  }
  return nullptr;
}

}  // namespace microvm::cli
