#include <array>
#include <cstdint>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/commands/service/event_follower.hpp"
#include "client/cli/commands/service/service_commands.hpp"
#include "client/cli/context.hpp"
#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    Option{"-f,--follow", "", "go on with what happens, until interrupted", Takes::Nothing},
    Option{"-n,--lines", "N", "only the last N events"},
    Option{"--since", "WHEN", "only events since a time, in a span (5m), or after a sequence number"},
    Option{"--after", "SEQUENCE", "only events after this one"},
    Option{"--vm", "NAME", "only of this VM; the same as the operand"},
    Option{"--kind", "TYPE[,TYPE]", "only events of these types; vm.stop* is all that begin so", Takes::ManyValues},
    Option{"-l,--label", "SELECTOR", "only of VMs whose labels were so: team=infra, tier!=db, zone in (a,b), !old",
           Takes::ManyValues},
    kTableOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl events", "what happened"},
    Example{"microvmctl events -n 5 web", "the last five events of one VM"},
    Example{"microvmctl events -f --kind vm.stopped,vm.start-failed", "who ends, as it happens"},
    Example{"microvmctl events -f --since 120 -o jsonl",
            "what is new since event 120 and all that follows, for a program"},
};

constexpr std::uint64_t kMost = 1000;

Table newTable() {
  return Table({"SEQUENCE", "TIME", "VM", "EVENT", "CAUSE", "DETAIL"});
}

/// "user alice" where somebody asked, the cause otherwise.
std::string causeText(const Json& event) {
  const auto user = textAt(event, "/request/user");
  return user.empty() ? textAt(event, "/cause") : fmt::format("{} {}", textAt(event, "/cause"), user);
}

/// As the columns are: of a gap what it lies between, and why.
std::array<std::string, 6> cellsOf(const Json& event) {
  if (textAt(event, "/type") == "gap") {
    return {fmt::format("{}..{}", textAt(event, "/after"), textAt(event, "/next")),
            "",
            "",
            "gap",
            "",
            textAt(event, "/detail")};
  }
  return {textAt(event, "/sequence"), textAt(event, "/at"), textAt(event, "/vm/name"),
          textAt(event, "/type"),     causeText(event),     textAt(event, "/detail")};
}

Table eventTable(const std::vector<Json>& events) {
  Table table = newTable();
  for (const Json& event : events) {
    std::vector<Cell> row;
    for (auto& text : cellsOf(event))
      row.push_back(Cell{std::move(text)});
    table.add(std::move(row));
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

struct Collected {
  std::vector<Json> items;
  std::uint64_t reached = 0;  // every event up to this one was looked at
};

// The API goes forward from a sequence number: page to the end and keep what is asked for.
Result<Collected> collect(Context& context, client::EventQuery query, std::uint64_t newest) {
  Collected events;
  query.limit = kMost;
  for (;;) {
    auto page = context.client().listEvents(query);
    if (!page) return std::move(page).error();
    const auto items = page->find("items");
    const bool isEnd = items == page->end() || !items->is_array() || items->size() < kMost;
    events.reached = page->value("next", events.reached);
    if (items != page->end() && items->is_array()) {
      for (Json& item : *items)
        events.items.push_back(std::move(item));
    }
    if (events.items.size() > newest) {
      events.items.erase(events.items.begin(), events.items.end() - static_cast<std::ptrdiff_t>(newest));
    }
    if (isEnd) return events;
    query.after = events.reached;
    query.since.clear();
  }
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ","));
}

Result<client::EventQuery> readQuery(const Arguments& arguments) {
  client::EventQuery query;
  const auto after = arguments.number("after");
  if (!after) return after.error();
  query.after = *after;
  query.since = arguments.text("since").value_or("");
  query.kind = joined(arguments.all("kind"));
  query.label = joined(arguments.all("label"));
  query.vm = arguments.text("vm").value_or("");
  if (arguments.operands().empty()) return query;
  if (!query.vm.empty()) return Error{Errc::Usage, "the VM is named twice, by --vm and by the operand", {}, {}};
  query.vm = arguments.operands().front();
  return query;
}

/// As wide as these columns usually are: nobody knows what comes.
std::string lineOf(const Json& event) {
  const auto [sequence, at, vm, type, cause, detail] = cellsOf(event);
  return printable(fmt::format("{:<9} {:<24} {:<16} {:<20} {:<14} {}", sequence, at, vm, type, cause, detail)) + "\n";
}

ExitCode follow(Context& context, client::EventQuery query) {
  const bool asJson = context.wantsJson();
  const auto show = [&](const Json& event) {
    context.out().write(asJson ? event.dump() + "\n" : lineOf(event));
    return context.out().isClosed() ? client::Next::Enough : client::Next::More;
  };
  const auto followed = followEvents(context, std::move(query), show);
  return followed ? ExitCode::Ok : context.fail("cannot follow the events", followed.error());
}

ExitCode run(Context& context, const Arguments& arguments) {
  auto query = readQuery(arguments);
  if (!query) return context.fail("", query.error());
  const auto lines = arguments.number("lines");
  if (!lines) return context.fail("", lines.error());
  const bool isFollowing = arguments.has("follow");
  if (isFollowing && !*lines) return follow(context, std::move(*query));
  const auto events = collect(context, *query, lines->value_or(kMost));
  if (!events) return context.fail("cannot list the events", events.error());
  if (!isFollowing) {
    print(context, events->items);
    return ExitCode::Ok;
  }
  for (const Json& event : events->items)
    context.out().write(context.format().value_or(Format::Table) == Format::Table ? lineOf(event)
                                                                                  : event.dump() + "\n");
  query->after = events->reached;
  query->since.clear();
  return follow(context, std::move(*query));
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
          "Every change of a VM's state is an event with a sequence number and a cause: who asked, the guest, the "
          "runner's "
          "end, a policy, the host. At most the newest 1000 are printed. With --follow and without a place only what "
          "happens from now on is; a daemon that restarts is waited for, and nothing is lost or shown twice.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
