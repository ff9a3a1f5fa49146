#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/vms/vm_commands.hpp"
#include "client/cli/commands/vms/waiting.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    Option{"--no-wait", "", "return as soon as the daemon has accepted", Takes::Nothing},
    kResultOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl kill web", "stop it now"},
};

constexpr Milliseconds kLimit{20'000};

ExitCode run(Context& context, const Arguments& arguments) {
  Batch batch(context, arguments.operands());
  batch.step("cannot kill", [&](const std::string& name) { return context.client().killVm(name); });
  if (!arguments.has("no-wait")) waitAll(context, batch, client::Condition::Stopped, kLimit);
  return batch.finish();
}

}  // namespace

const Command& killCommand() {
  static constexpr Command kCommand{
      .name = "kill",
      .group = "Virtual machines",
      .summary = "stop VMs at once, without asking the guest",
      .operands = "NAME...",
      .leastOperands = 1,
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
