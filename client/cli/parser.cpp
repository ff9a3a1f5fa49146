#include "client/cli/parser.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "client/cli/misfit.hpp"

namespace microvm::cli {
namespace {

// The places that CLI11 writes to while it parses.
struct Slots {
  std::map<std::string_view, std::vector<std::string>> values;
  std::map<std::string_view, std::size_t> flags;
  std::vector<std::string> operands;
};

void addOptions(CLI::App& app, std::span<const Option> options, Slots& slots) {
  for (const Option& option : options) {
    const std::string names(option.names);
    if (option.takes == Takes::Nothing) {
      app.add_flag(names, slots.flags[keyOf(option)]);
      continue;
    }
    auto* added = app.add_option(names, slots.values[keyOf(option)]);
    added->expected(1)->take_all()->allow_extra_args(false);
  }
}

Error usage(std::string detail, std::string hint) {
  return Error{Errc::Usage, std::move(detail), std::move(hint), {}};
}

std::string helpLine(const Command* command) {
  return command == nullptr ? "microvmctl --help" : fmt::format("microvmctl {} --help", command->name);
}

Error unknownWord(CommandTable table, const Command* command, const std::string& word) {
  if (word.starts_with('-')) {
    const std::string of = command == nullptr ? "" : fmt::format(" of {}", command->name);
    return usage(fmt::format("\"{}\" is not an option{}", word, of), helpLine(command));
  }
  if (command != nullptr) return usage(oneTooMany(*command, word), helpLine(command));
  const auto closest = closestCommand(table, word);
  return usage(fmt::format("there is no command \"{}\"", word),
               closest.empty() ? helpLine(nullptr) : fmt::format("microvmctl {}", closest));
}

Result<ParsedLine> collect(const Command* command, Slots slots) {
  ParsedLine line;
  line.command = command;
  for (auto& [key, values] : slots.values) {
    if (!values.empty()) line.arguments.set(key, std::move(values));
  }
  for (const auto& [key, count] : slots.flags) {
    if (count > 0) line.arguments.set(key, {});
  }
  if (command != nullptr && !line.arguments.has("help")) {
    if (slots.operands.size() < command->leastOperands) {
      return usage(fmt::format("{} needs {}", command->name, command->operands),
                   fmt::format("microvmctl {} {}", command->name, command->operands));
    }
    if (auto fits = checkChoices(*command, line.arguments); !fits) return std::move(fits).error();
  }
  line.arguments.setOperands(std::move(slots.operands));
  return line;
}

}  // namespace

Result<ParsedLine> parseLine(CommandTable table, std::span<const std::string> words) {
  CLI::App app("", "microvmctl");
  app.set_help_flag();
  app.prefix_command(false);
  Slots slots;
  addOptions(app, globalOptions(), slots);
  const Command* chosen = nullptr;
  for (const Command* command : table) {
    auto* sub = app.add_subcommand(std::string(command->name), std::string(command->summary));
    if (!command->alias.empty()) sub->alias(std::string(command->alias));
    sub->set_help_flag();
    sub->fallthrough();
    // Options are added when their command turns up: one command's worth of work per run.
    sub->preparse_callback([command, sub, &chosen, &slots](std::size_t) {
      chosen = command;
      addOptions(*sub, command->options, slots);
      if (command->mostOperands > 0) {
        const auto most = std::min<std::size_t>(command->mostOperands, 10'000);
        sub->add_option("operands", slots.operands)->expected(0, static_cast<int>(most));
      }
    });
  }
  app.require_subcommand(0, 1);
  app.allow_extras(true);

  // Behind "--" there are only operands, which CLI11 would not give to the command. It takes its words last first.
  const auto dashes = std::find(words.begin(), words.end(), "--");
  std::vector<std::string> reversed(std::make_reverse_iterator(dashes), words.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    const auto wrong = chosen == nullptr ? std::nullopt : misfit(*chosen, words);
    return usage(wrong.value_or(error.what()), helpLine(chosen));
  }
  const auto extra = app.remaining(true);
  if (!extra.empty()) return unknownWord(table, chosen, extra.front());
  if (dashes != words.end()) {
    if (chosen == nullptr) return usage("there is no command in front of --", helpLine(nullptr));
    slots.operands.insert(slots.operands.end(), std::next(dashes), words.end());
    if (slots.operands.size() > chosen->mostOperands)
      return usage(oneTooMany(*chosen, slots.operands[chosen->mostOperands]), helpLine(chosen));
  }
  return collect(chosen, std::move(slots));
}

}  // namespace microvm::cli
