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
    Example{"microvmctl resume web", "let it go on"},
};

constexpr Milliseconds kLimit{20'000};
constexpr ActionWords kWords{"cannot resume", "resuming", "is running already", "goes on"};

ExitCode run(Context& context, const Arguments& arguments) {
  const auto names = namesOf(context, arguments, [](std::string_view state) { return state == "paused"; });
  if (!names) return context.fail("", names.error());
  Batch batch(context, *names);
  Asking asking(context, batch, kWords);
  asking.ask([](client::Client& client, const std::string& name) { return client.resumeVm(name); });
  if (!arguments.has("no-wait")) asking.wait(kLimit);
  return batch.finish();
}

}  // namespace

const Command& resumeCommand() {
  static constexpr Command kCommand{
      .name = "resume",
      .group = "Virtual machines",
      .summary = "let paused VMs go on",
      .operands = "NAME...",
      .mostOperands = kAnyNumber,
      .description =
          "The guest goes on where it was paused; its clock is behind by that time. Resuming a running VM succeeds.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
