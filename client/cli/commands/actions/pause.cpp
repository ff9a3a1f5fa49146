#include <array>

#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/actions/action_commands.hpp"
#include "client/cli/commands/actions/asking.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {
namespace {

constexpr std::array kOptions{
    kAllOption,
    Option{"--no-wait", "", "return as soon as the daemon has accepted", Takes::Nothing},
    kResultOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl pause web", "freeze it"},
};

constexpr Milliseconds kLimit{20'000};
constexpr ActionWords kWords{"cannot pause", "pausing", "is paused already", "is paused"};

ExitCode run(Context& context, const Arguments& arguments) {
  const auto names = namesOf(context, arguments, [](std::string_view state) { return state == "running"; });
  if (!names) return context.fail("", names.error());
  Batch batch(context, *names);
  Asking asking(context, batch, kWords);
  asking.ask([](client::Client& client, const std::string& name) { return client.pauseVm(name); });
  if (!arguments.has("no-wait")) asking.wait(kLimit);
  return batch.finish();
}

}  // namespace

const Command& pauseCommand() {
  static constexpr Command kCommand{
      .name = "pause",
      .group = "Virtual machines",
      .summary = "make VMs stand still",
      .operands = "NAME...",
      .mostOperands = kAnyNumber,
      .description = "The guest keeps its memory and does nothing until it is resumed. Pausing a paused VM succeeds.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
