#include "client/cli/help.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace microvm::cli {
namespace {

constexpr std::size_t kColumns = 100;

constexpr std::string_view kEpilogue = R"(Exit codes:
  0    done                               4    no such VM, no service installed
  1    the operation failed               5    wrong state, busy, or the name is taken
  2    no sense in the command line, or   6    it did not happen in time
       in a file of validate or render
  3    no daemon answers                  7    permission refused
  130  interrupted; 128+N by signal N
With several names, every one is tried and the highest code is returned.

Environment:
  MICROVM_HOST         where the daemon listens, e.g. unix:///run/user/1000/microvm/api.sock
  MICROVM_DETACH_KEYS  what leaves a console (default ^])
  NO_COLOR             no colour, whatever the terminal can do

"microvmctl COMMAND --help" has the options and examples of a command.
)";

// Breaks text at blanks so that every line starts at `indent` and ends before kColumns.
std::string wrap(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    if (column > indent && column + 1 + word.size() > kColumns) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string optionHead(const Option& option) {
  std::string head = option.names.starts_with("--") ? "    " : "";
  for (const char c : option.names)
    head += c == ',' ? std::string(", ") : std::string(1, c);
  if (!option.value.empty()) head += fmt::format(" {}", option.value);
  return head;
}

void addOptions(std::string& out, std::string_view title, std::span<const Option> options) {
  if (options.empty()) return;
  std::size_t width = 0;
  for (const Option& option : options)
    width = std::max(width, optionHead(option).size());
  width = std::min<std::size_t>(width, 34);
  out += fmt::format("\n{}:\n", title);
  for (const Option& option : options) {
    const std::string head = optionHead(option);
    out += fmt::format("  {:<{}}", head, width);
    out += head.size() > width ? "\n" + std::string(width + 4, ' ') : "  ";
    out += wrap(helpOf(option), width + 4) + "\n";
  }
}

std::vector<std::string_view> groupsOf(CommandTable table) {
  std::vector<std::string_view> groups;
  for (const Command* command : table) {
    if (std::find(groups.begin(), groups.end(), command->group) == groups.end()) groups.push_back(command->group);
  }
  return groups;
}

}  // namespace

std::string overviewHelp(CommandTable table) {
  std::string out = "microvmctl runs microVMs through microvmd, the daemon that owns them.\n\n";
  out += "Usage: microvmctl [--host ADDRESS] COMMAND [OPTIONS] [NAME...]\n";
  for (const auto group : groupsOf(table)) {
    out += fmt::format("\n{}:\n", group);
    for (const Command* command : table) {
      if (command->group != group) continue;
      const auto names =
          command->alias.empty() ? std::string(command->name) : fmt::format("{}, {}", command->name, command->alias);
      out += fmt::format("  {:<12}  {}\n", names, command->summary);
    }
  }
  addOptions(out, "Options of every command", globalOptions());
  return out + "\n" + std::string(kEpilogue);
}

std::string commandHelp(const Command& command) {
  std::string out =
      fmt::format("Usage: microvmctl {}{}{}{}\n", command.name, command.options.empty() ? "" : " [OPTIONS]",
                  command.operands.empty() ? "" : " ", command.operands);
  if (!command.alias.empty()) out += fmt::format("Also:  microvmctl {}\n", command.alias);
  std::string_view rest = command.description;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    out += "\n" + wrap(rest.substr(0, end), 0) + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  addOptions(out, "Options", command.options);
  out += fmt::format("\nEvery command takes {}--quiet and --help, too; \"microvmctl --help\" explains them.\n",
                     command.isOffline ? "" : "--host, ");
  if (!command.examples.empty()) out += "\nExamples:\n";
  for (const Example& example : command.examples)
    out += fmt::format("  # {}\n  {}\n", example.purpose, example.line);
  return out;
}

}  // namespace microvm::cli
