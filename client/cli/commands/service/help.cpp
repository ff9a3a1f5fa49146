#include "client/cli/help.hpp"

#include <array>

#include <fmt/format.h>

#include "client/cli/arguments.hpp"
#include "client/cli/commands/service/service_commands.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {
namespace {

constexpr std::array kExamples{
    Example{"microvmctl help", "every command"},
    Example{"microvmctl help create", "one command"},
};

ExitCode run(Context& context, const Arguments& arguments) {
  if (arguments.operands().empty()) {
    context.out().write(overviewHelp(context.table()));
    return ExitCode::Ok;
  }
  const auto& name = arguments.operands().front();
  const Command* command = findCommand(context.table(), name);
  if (command == nullptr) {
    return context.fail("", Error{Errc::Usage, fmt::format("there is no command \"{}\"", name), "microvmctl help", {}});
  }
  context.out().write(commandHelp(*command));
  return ExitCode::Ok;
}

}  // namespace

const Command& helpCommand() {
  static constexpr Command kCommand{
      .name = "help",
      .group = "Service",
      .summary = "explain a command",
      .operands = "[COMMAND]",
      .mostOperands = 1,
      .description = "The same text as COMMAND --help.",
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
