#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/vms/vm_commands.hpp"
#include "client/cli/commands/vms/waiting.hpp"
#include "client/cli/context.hpp"
#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    Option{"--timeout", "TIME", "how long the guest has before it gets harder (default: the VM's stop.timeout)"},
    Option{"--no-escalate", "", "only ask the guest; a VM that does not obey keeps running and the exit code is 6",
           Takes::Nothing},
    Option{"--force", "", "the same as kill: no grace", Takes::Nothing},
    Option{"--no-wait", "", "return as soon as the daemon has accepted", Takes::Nothing},
    kResultOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl stop web", "ask the guest to power off, and see it through"},
    Example{"microvmctl stop --timeout 2m --no-escalate db", "give it two minutes, and do not kill it"},
    Example{"microvmctl stop --no-wait web db", "ask two at once and return"},
};

// From the last grace to the end of the processes, whatever they do.
constexpr Milliseconds kAfterGrace{20'000};
constexpr Milliseconds kDefaultGrace{30'000};

Milliseconds graceOf(const Json& vm) {
  const auto grace = parseDuration(textAt(vm, "/spec/stop/timeout"));
  return grace ? *grace : kDefaultGrace;
}

struct StopPlan {
  client::StopOptions options;
  Milliseconds longest{0};  ///< of all the VMs' graces
};

void requestAll(Context& context, const Arguments& arguments, Batch& batch, StopPlan& plan) {
  batch.step("cannot stop", [&](const std::string& name) {
    auto& client = context.client();
    auto vm = arguments.has("force") ? client.killVm(name) : client.stopVm(name, plan.options);
    if (!vm) return vm;
    plan.longest = std::max(plan.longest, plan.options.timeout.value_or(graceOf(*vm)));
    if (stateOf(*vm) == "stopped") {
      context.note(fmt::format("\"{}\" is stopped already", name));
    } else {
      context.note(fmt::format("stopping \"{}\"", name));
    }
    return vm;
  });
}

void waitUntilStopped(Context& context, Batch& batch, Milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  batch.step("waiting for", [&](const std::string& name) -> Result<Json> {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now());
    auto vm = context.client().waitVm(name, client::Condition::Stopped, std::max(left, Milliseconds(1)));
    if (!vm && vm.error().code == Errc::Timeout && vm.error().hint.empty()) {
      vm.error().hint = fmt::format("microvmctl kill {}", name);
    }
    return vm;
  });
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto timeout = arguments.duration("timeout");
  if (!timeout) return context.fail("", timeout.error());
  StopPlan plan;
  plan.options.timeout = *timeout;
  if (arguments.has("no-escalate")) plan.options.escalate = false;
  Batch batch(context, arguments.operands());
  requestAll(context, arguments, batch, plan);
  const auto margin = arguments.has("no-escalate") ? Milliseconds(1'000) : kAfterGrace;
  if (!arguments.has("no-wait")) waitUntilStopped(context, batch, plan.longest + margin);
  return batch.finish();
}

}  // namespace

const Command& stopCommand() {
  static constexpr Command kCommand{
      .name = "stop",
      .group = "Virtual machines",
      .summary = "stop VMs gracefully, harder when they do not obey",
      .operands = "NAME...",
      .leastOperands = 1,
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
