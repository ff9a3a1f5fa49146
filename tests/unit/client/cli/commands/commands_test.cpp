// What holds for every row of the table.
#include "client/cli/commands/commands.hpp"

#include <set>
#include <string>

#include <doctest/doctest.h>

#include "client/cli/completion.hpp"
#include "client/cli/help.hpp"

using namespace microvm;
using namespace microvm::cli;

TEST_CASE("names and aliases of commands are each there once") {
  std::set<std::string_view> names;
  for (const Command* command : commandTable()) {
    CAPTURE(command->name);
    CHECK(names.insert(command->name).second);
    if (!command->alias.empty()) CHECK(names.insert(command->alias).second);
  }
}

TEST_CASE("help shows the choices where its text leaves room for them") {
  for (const Command* command : commandTable()) {
    CAPTURE(command->name);
    CHECK(commandHelp(*command).find("{}") == std::string::npos);
    for (const Option& option : command->options) {
      CAPTURE(option.names);
      CHECK((option.choices.empty() || option.help.find("{}") != std::string_view::npos));
    }
  }
}

TEST_CASE("every choice is completed where its option waits for a value") {
  for (const Command* command : commandTable()) {
    for (const Option& option : command->options) {
      const std::vector<std::string> line{std::string(command->name), "--" + std::string(keyOf(option)), ""};
      const auto completion = complete(commandTable(), line);
      CAPTURE(command->name);
      CAPTURE(option.names);
      if (option.takes != Takes::Nothing) CHECK(completion.candidates.size() >= choicesOf(option).size());
    }
  }
}

TEST_CASE("a line has at least one example behind each command that takes operands") {
  for (const Command* command : commandTable()) {
    CAPTURE(command->name);
    CHECK((command->operands.empty() || !command->examples.empty()));
  }
}
