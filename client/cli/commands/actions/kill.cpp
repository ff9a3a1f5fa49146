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
    Example{"microvmctl kill web", "stop it now"},
};

constexpr Milliseconds kLimit{20'000};
constexpr ActionWords kWords{"cannot kill", "killing", "is stopped already", "is stopped"};

ExitCode run(Context& context, const Arguments& arguments) {
  const auto names = namesOf(context, arguments, isUp);
  if (!names) return context.fail("", names.error());
  Batch batch(context, *names);
  Asking asking(context, batch, kWords);
  asking.ask([](client::Client& client, const std::string& name) { return client.killVm(name); });
  if (!arguments.has("no-wait")) asking.wait(kLimit);
  return batch.finish();
}

}  // namespace

const Command& killCommand() {
  static constexpr Command kCommand{
      .name = "kill",
      .group = "Virtual machines",
      .summary = "stop VMs at once, without asking the guest",
      .operands = "NAME...",
      .mostOperands = kAnyNumber,
      .description =
          "Like pulling the plug: the guest may lose what it has not written to its disks. Killing a stopped VM "
          "succeeds.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
