#include "client/cli/command.hpp"

#include <array>
#include <string>
#include <vector>

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

std::span<const Option> globalOptions() {
  return kGlobal;
}

}  // namespace microvm::cli
