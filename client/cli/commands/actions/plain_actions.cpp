// The actions that need nothing but names: pause, resume, kill.
#include <array>

#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/actions/action_commands.hpp"
#include "client/cli/commands/actions/asking.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {
namespace {

constexpr Milliseconds kLimit{20'000};

constexpr std::array kOptions{
    kAllOption,
    kNoWaitOption,
    kResultOption,
    kJsonOption,
};

/// What one of them does.
struct Action {
  ActionWords words;
  bool (*suits)(std::string_view state);
  Result<client::Accepted> (client::Client::*ask)(std::string_view name);
};

constexpr Action kPause{{"cannot pause", "pausing", "is paused already", "is paused"},
                        [](std::string_view state) { return state == "running"; },
                        &client::Client::pauseVm};
constexpr Action kResume{{"cannot resume", "resuming", "is running already", "goes on"},
                         [](std::string_view state) { return state == "paused"; },
                         &client::Client::resumeVm};
constexpr Action kKill{{"cannot kill", "killing", "is stopped already", "is stopped"}, isUp, &client::Client::killVm};

template <const Action& kAction>
ExitCode run(Context& context, const Arguments& arguments) {
  const auto names = namesOf(context, arguments, kAction.suits);
  if (!names) return context.fail("", names.error());
  Batch batch(context, *names);
  Asking asking(context, batch, kAction.words);
  asking.ask([](client::Client& client, const std::string& name) { return (client.*kAction.ask)(name); });
  if (!arguments.has("no-wait")) asking.wait(kLimit);
  return batch.finish();
}

constexpr std::array kPauseExamples{Example{"microvmctl pause web", "freeze it"}};
constexpr std::array kResumeExamples{Example{"microvmctl resume web", "let it go on"}};
constexpr std::array kKillExamples{Example{"microvmctl kill web", "stop it now"}};

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
      .examples = kPauseExamples,
      .run = run<kPause>,
  };
  return kCommand;
}

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
      .examples = kResumeExamples,
      .run = run<kResume>,
  };
  return kCommand;
}

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
      .examples = kKillExamples,
      .run = run<kKill>,
  };
  return kCommand;
}

}  // namespace microvm::cli
