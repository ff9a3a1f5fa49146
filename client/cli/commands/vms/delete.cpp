#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/vms/vm_commands.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    Option{"--force", "", "kill it first when it runs", Takes::Nothing},
};

constexpr std::array kExamples{
    Example{"microvmctl delete web", "delete a stopped VM"},
    Example{"microvmctl rm --force web db", "delete two, running or not"},
};

ExitCode run(Context& context, const Arguments& arguments) {
  const auto removal = arguments.has("force") ? client::Removal::KillFirst : client::Removal::OnlyStopped;
  return stepAll(context, arguments.operands(), "cannot delete", [&](const std::string& name) -> Result<Json> {
    auto deleted = context.client().deleteVm(name, removal);
    if (!deleted) return std::move(deleted).error();
    context.note(fmt::format("deleted \"{}\"", name));
    return Json(nullptr);
  });
}

}  // namespace

const Command& deleteCommand() {
  static constexpr Command kCommand{
      .name = "delete",
      .alias = "rm",
      .group = "Virtual machines",
      .summary = "delete VMs",
      .operands = "NAME...",
      .leastOperands = 1,
      .mostOperands = kAnyNumber,
      .description =
          "Forgets the definition and removes the console log. Disk images that the definition names stay where they "
          "are.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
