#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/vms/vm_commands.hpp"
#include "client/cli/context.hpp"
#include "client/cli/output/vm_table.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    Option{"-o,--output,--format", "FORMAT", "{}; json is the default, table a summary", Takes::OneValue,
           "json,jsonl,name,table"},
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl inspect web", "everything about it"},
    Example{"microvmctl inspect -o table web", "a summary for people"},
    Example{"microvmctl inspect web | microvmctl create web2 -f -", "a second VM with the same definition"},
};

ExitCode run(Context& context, const Arguments& arguments) {
  auto format = context.format();
  if (!format) format = context.isQuiet() ? Format::Name : Format::Json;
  const bool summary = format == Format::Table || format == Format::Wide;
  context.setFormat(summary ? std::nullopt : format);
  return stepAll(context, arguments.operands(), "cannot inspect", [&](const std::string& name) {
    auto vm = context.client().getVm(name);
    if (vm && summary) context.out().write(vmSummary(*vm, now()));
    return vm;
  });
}

}  // namespace

const Command& inspectCommand() {
  static constexpr Command kCommand{
      .name = "inspect",
      .group = "Virtual machines",
      .summary = "show everything about VMs",
      .operands = "NAME...",
      .leastOperands = 1,
      .mostOperands = kAnyNumber,
      .description = "Prints the API's object of a VM: metadata, spec, status. Several names give an array.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
