#include <array>

#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/actions/action_commands.hpp"
#include "client/cli/commands/actions/asking.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {
namespace {

constexpr std::array kOptions{
    Option{"--timeout", "TIME", "how long the guest has before it gets harder (default: the VM's stop.timeout)"},
    Option{"--no-escalate", "", "only ask the guest; a VM that does not obey keeps running and the exit code is 6",
           Takes::Nothing},
    Option{"--force", "", "the same as kill: no grace", Takes::Nothing},
    kAllOption,
    kNoWaitOption,
    kResultOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl stop web", "ask the guest to power off, and see it through"},
    Example{"microvmctl stop --timeout 2m --no-escalate db", "give it two minutes, and do not kill it"},
    Example{"microvmctl stop --no-wait web db", "ask two at once and return"},
    Example{"microvmctl stop --all", "stop all of them, side by side"},
};

// From the last grace to the end of the processes, whatever they do.
constexpr Milliseconds kAfterGrace{20'000};
constexpr Milliseconds kAfterGiveUp{1'000};

constexpr ActionWords kWords{"cannot stop", "stopping", "is stopped already", "is stopped"};

ExitCode run(Context& context, const Arguments& arguments) {
  const auto timeout = arguments.duration("timeout");
  if (!timeout) return context.fail("", timeout.error());
  const auto names = namesOf(context, arguments, isUp);
  if (!names) return context.fail("", names.error());
  client::StopOptions options;
  options.timeout = *timeout;
  if (arguments.has("no-escalate")) options.escalate = false;
  const bool isForced = arguments.has("force");
  Batch batch(context, *names);
  Asking asking(context, batch, kWords);
  asking.ask([&](client::Client& client, const std::string& name) {
    return isForced ? client.killVm(name) : client.stopVm(name, options);
  });
  const auto margin = arguments.has("no-escalate") ? kAfterGiveUp : kAfterGrace;
  if (!arguments.has("no-wait")) asking.wait(asking.longestGrace() + margin);
  return batch.finish();
}

}  // namespace

const Command& stopCommand() {
  static constexpr Command kCommand{
      .name = "stop",
      .group = "Virtual machines",
      .summary = "stop VMs gracefully, harder when they do not obey",
      .operands = "NAME...",
      .mostOperands = kAnyNumber,
      .description =
          "Asks each guest to power off and waits until it has. A guest that has not after its time is stopped hard, "
          "and then "
          "killed, unless --no-escalate. Stopping a stopped VM succeeds.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
