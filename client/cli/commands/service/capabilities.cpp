#include <array>

#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/commands/service/service_commands.hpp"
#include "client/cli/context.hpp"
#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    Option{"--runner", "RUNNER", "this one only: {}", Takes::OneValue, kRunnerNames},
    kTableOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl capabilities --runner auto", "what definitions may ask for on this host"},
    Example{"microvmctl capabilities -o json | jq '.items[].features.shares'", "for a script"},
};

std::string_view colourOf(std::string_view support) {
  if (support == "yes") return "32";
  return support == "external" ? "33" : "31";
}

std::string remarkOf(const Json& capability) {
  const std::string why = textAt(capability, "/why");
  const std::string how = textAt(capability, "/how");
  const std::string since = textAt(capability, "/since");
  if (why.empty()) return since.empty() ? "" : "since " + since;
  return how.empty() ? why : why + "; " + how;
}

void addRows(Table& table, const Json& record) {
  for (const auto& [group, leaves] : record["features"].items()) {
    for (const auto& [leaf, capability] : leaves.items()) {
      const std::string support = textAt(capability, "/support");
      table.add({Cell{textAt(record, "/runner")}, Cell{group + "." + leaf}, Cell{support, colourOf(support)},
                 Cell{remarkOf(capability)}});
    }
  }
}

void note(Context& context, const Json& record) {
  const auto accelerator = textAt(record, "/accelerator");
  const auto machine = textAt(record, "/machine");
  context.note(textAt(record, "/program") + " " + textAt(record, "/version") + " on " + textAt(record, "/host") + ", " +
               accelerator + (machine == accelerator ? "" : ", " + machine) +
               (record.value("installed", false) ? "" : ": not installed"));
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto answer = context.client().getCapabilities(arguments.text("runner").value_or(""));
  if (!answer) return context.fail("cannot tell the capabilities", answer.error());
  const auto items = answer->value("items", Json::array());
  if (context.format() == Format::Json) {
    context.out().write(answer->dump(2) + "\n");
    return ExitCode::Ok;
  }
  Table table({"RUNNER", "FEATURE", "SUPPORT", "REMARK"});
  for (const Json& record : items) {
    if (context.format() == Format::JsonLines) {
      context.out().write(record.dump() + "\n");
    } else {
      note(context, record);
      addRows(table, record);
    }
  }
  if (context.format() != Format::JsonLines) context.out().write(table.text(context.colour()));
  return ExitCode::Ok;
}

}  // namespace

const Command& capabilitiesCommand() {
  static constexpr Command kCommand{
      .name = "capabilities",
      .group = "Definitions",
      .summary = "show what each runner can do on the daemon's host",
      .description =
          "A row a feature: yes, no, partial (something is there and does not do what it is for) or external (somebody "
          "else does it). A definition that asks for what is no or partial is refused with the remark.\n"
          "validate --host checks for another host without a daemon.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
