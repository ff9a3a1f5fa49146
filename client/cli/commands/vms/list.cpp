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
    Option{"-l,--selector", "SELECTOR", "only those with these labels: team=infra,tier!=db,zone in (a,b),!legacy"},
    Option{"--sort", "KEY", "{}: with - in front the other way round", Takes::OneValue,
           "name,createdAt,updatedAt,since,state,-name,-createdAt,-updatedAt,-since,-state"},
    kOutputOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl list", "a table of every VM"},
    Example{"microvmctl ls -o wide", "with process, runner, id and labels"},
    Example{"microvmctl list -l team=infra --sort -createdAt", "those of a team, the newest first"},
    Example{"microvmctl list --json | jq -r '.[] | select(.status.state == \"running\").metadata.name'",
            "names of those that run"},
};

ExitCode run(Context& context, const Arguments& arguments) {
  const client::VmQuery query{arguments.text("selector").value_or(""), arguments.text("sort").value_or("")};
  auto answer = context.client().listVms(query);
  if (!answer) return context.fail("cannot list the VMs", answer.error());
  std::vector<Json> vms;
  if (const auto items = answer->find("items"); items != answer->end() && items->is_array()) {
    for (Json& item : *items)
      vms.push_back(std::move(item));
  }
  const auto format = context.format().value_or(context.isQuiet() ? Format::Name : Format::Table);
  if (format == Format::Table || format == Format::Wide) {
    context.out().write(vmTable(vms, format, now()).text(context.colour()));
  } else {
    printVms(context, vms, format, Shape::List);
  }
  return ExitCode::Ok;
}

}  // namespace

const Command& listCommand() {
  static constexpr Command kCommand{
      .name = "list",
      .alias = "ls",
      .group = "Virtual machines",
      .summary = "list VMs",
      .description =
          "Every VM, sorted by name unless told otherwise. JSON is an array of the API's objects, and [] when there is "
          "none; jsonl has one "
          "object in a "
          "line; name, or -q, has one name in a line.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
