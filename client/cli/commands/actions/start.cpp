#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/actions/action_commands.hpp"
#include "client/cli/commands/actions/asking.hpp"
#include "client/cli/commands/console/attach.hpp"
#include "client/cli/commands/console/follow.hpp"
#include "client/cli/commands/service/likely_cause.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    Option{"--wait", "", "return when it runs, not as soon as the daemon has accepted", Takes::Nothing},
    kReadyOption,
    Option{"--timeout", "TIME", "with --wait or --ready: give up after this time (default 60s)"},
    Option{"--console", "", "then attach to the console, from the first byte of this boot", Takes::Nothing},
    kDetachKeysOption,
    kAllOption,
    kResultOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl start --wait web", "start it and return when it runs"},
    Example{"microvmctl start --ready web", "start it and return when its service answers"},
    Example{"microvmctl start --console web", "start it and watch it boot"},
    Example{"microvmctl start web db cache", "start three"},
};

Result<client::Accepted> start(client::Client& client, const std::string& name) {
  return client.startVm(name);
}

// Watching a boot begins where the log ended before it.
ExitCode startAndAttach(Context& context, const Arguments& arguments, const std::string& name, Milliseconds limit) {
  const auto log = logBounds(context.client(), name);
  if (!log) return context.fail(fmt::format("cannot start \"{}\"", name), log.error());
  Batch batch(context, {name});
  Asking asking(context, batch, kStartWords);
  asking.ask(start);
  asking.wait(limit, wantedWait(arguments).value_or(Until::Done));
  const auto started = batch.finish();
  if (batch.failure()) tellLikelyCause(context, *batch.failure());
  if (started != ExitCode::Ok) return started;
  return attachConsole(context, arguments, name, client::ConsolePlace{.offset = log->end, .tail = {}});
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto limit = waitLimit(arguments);
  if (!limit) return context.fail("", limit.error());
  if (!arguments.has("console")) {
    if (auto usable = checkTimeout(arguments); !usable) return context.fail("", usable.error());
  }
  const auto names = namesOf(context, arguments, [](std::string_view state) { return state == "stopped"; });
  if (!names) return context.fail("", names.error());
  if (arguments.has("console")) {
    if (names->size() == 1) return startAndAttach(context, arguments, names->front(), *limit);
    return context.fail("", Error{Errc::Usage, "--console takes one VM", {}, {}});
  }
  Batch batch(context, *names);
  Asking asking(context, batch, kStartWords);
  asking.ask(start);
  if (const auto until = wantedWait(arguments)) asking.wait(*limit, *until);
  const auto ended = batch.finish();
  if (batch.failure()) tellLikelyCause(context, *batch.failure());
  return ended;
}

}  // namespace

const Command& startCommand() {
  static constexpr Command kCommand{
      .name = "start",
      .group = "Virtual machines",
      .summary = "start VMs",
      .operands = "NAME...",
      .mostOperands = kAnyNumber,
      .description =
          "Asks the daemon to start each VM and returns when it has accepted; --wait returns when they run, --ready "
          "when they "
          "are ready. Starting a VM that runs succeeds and changes nothing. After a failure the host is examined as by "
          "doctor, and what most "
          "likely caused it is told.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
