#include <array>

#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/actions/action_commands.hpp"
#include "client/cli/commands/actions/asking.hpp"
#include "client/cli/commands/service/likely_cause.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {
namespace {

constexpr std::array kOptions{
    Option{"--timeout", "TIME", "how long the guest has before it gets harder (default: the VM's stop.timeout)"},
    Option{"--no-escalate", "", "only ask the guest; a VM that does not obey keeps running and the exit code is 6",
           Takes::Nothing},
    kAllOption,
    kReadyOption,
    kNoWaitOption,
    kResultOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl restart web", "stop it as stop does, then start it"},
};

// From the last grace to the guest that runs again.
constexpr Milliseconds kAfterGrace{60'000};
constexpr ActionWords kWords{"cannot restart", "restarting", "is running already", "is running again"};

ExitCode run(Context& context, const Arguments& arguments) {
  const auto timeout = arguments.duration("timeout");
  if (!timeout) return context.fail("", timeout.error());
  if (arguments.has("no-wait") && arguments.has("ready"))
    return context.fail("", Error{Errc::Usage, "--ready waits, and --no-wait does not", "give one of them", {}});
  const auto names = namesOf(context, arguments, isUp);
  if (!names) return context.fail("", names.error());
  client::StopOptions options;
  options.timeout = *timeout;
  if (arguments.has("no-escalate")) options.escalate = false;
  Batch batch(context, *names);
  Asking asking(context, batch, kWords);
  asking.ask([&](client::Client& client, const std::string& name) { return client.restartVm(name, options); });
  const auto until = wantedWait(arguments).value_or(Until::Done);
  if (!arguments.has("no-wait")) asking.wait(asking.longestGrace() + kAfterGrace, until);
  const auto ended = batch.finish();
  if (batch.failure()) tellLikelyCause(context, *batch.failure());
  return ended;
}

}  // namespace

const Command& restartCommand() {
  static constexpr Command kCommand{
      .name = "restart",
      .group = "Virtual machines",
      .summary = "stop VMs and start them again",
      .operands = "NAME...",
      .mostOperands = kAnyNumber,
      .description =
          "Stops each VM as stop does, starts it again, and returns when it runs. A VM that is stopped is started.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
