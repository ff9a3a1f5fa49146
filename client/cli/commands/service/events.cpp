#include <array>
#include <cstdint>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/commands/service/service_commands.hpp"
#include "client/cli/context.hpp"
#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    Option{"-n,--lines", "N", "only the last N events"},
    Option{"--after", "SEQUENCE", "only events after this one"},
    Option{"-o,--output,--format", "FORMAT", "table, json or jsonl"},
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl events", "what happened"},
    Example{"microvmctl events -n 5 web", "the last five events of one VM"},
    Example{"microvmctl events --after 120 -o jsonl", "what is new since event 120, for a program"},
};

constexpr std::uint64_t kMost = 1000;

Table eventTable(const std::vector<Json>& events) {
  Table table({"SEQUENCE", "TIME", "VM", "EVENT", "CAUSE", "DETAIL"});
  for (const Json& event : events) {
    table.add({Cell{textAt(event, "/sequence")}, Cell{textAt(event, "/at")}, Cell{textAt(event, "/vm/name")},
               Cell{textAt(event, "/type")}, Cell{textAt(event, "/cause")}, Cell{textAt(event, "/detail")}});
  }
  return table;
}

void print(Context& context, const std::vector<Json>& events) {
  const auto format = context.format().value_or(Format::Table);
  if (format == Format::Json) {
    context.out().write(Json(events).dump(2) + "\n");
  } else if (format == Format::JsonLines) {
    for (const Json& event : events)
      context.out().write(event.dump() + "\n");
  } else {
    context.out().write(eventTable(events).text(context.colour()));
  }
}

// The API goes forward from a sequence number: page to the end and keep what is asked for.
Result<std::vector<Json>> collect(Context& context, client::EventQuery query, std::uint64_t newest) {
  std::vector<Json> events;
  query.limit = kMost;
  for (;;) {
    auto page = context.client().listEvents(query);
    if (!page) return std::move(page).error();
    const auto items = page->find("items");
    if (items == page->end() || !items->is_array() || items->empty()) return events;
    for (Json& item : *items)
      events.push_back(std::move(item));
    if (events.size() > newest) events.erase(events.begin(), events.end() - static_cast<std::ptrdiff_t>(newest));
    if (items->size() < kMost || events.empty()) return events;
    query.after = events.back().value("sequence", std::uint64_t{0});
  }
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto after = arguments.number("after");
  if (!after) return context.fail("", after.error());
  const auto lines = arguments.number("lines");
  if (!lines) return context.fail("", lines.error());
  client::EventQuery query;
  query.after = *after;
  if (!arguments.operands().empty()) query.vm = arguments.operands().front();
  const auto events = collect(context, std::move(query), lines->value_or(kMost));
  if (!events) return context.fail("cannot list the events", events.error());
  print(context, *events);
  return ExitCode::Ok;
}

}  // namespace

const Command& eventsCommand() {
  static constexpr Command kCommand{
      .name = "events",
      .group = "Service",
      .summary = "list what happened to the VMs, and why",
      .operands = "[NAME]",
      .mostOperands = 1,
      .description =
          "Every change of a VM's state is an event with a sequence number and a cause. At most the newest 1000 are "
          "printed.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
