#include <array>
#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/http/problem.hpp"
#include "client/cli/arguments.hpp"
#include "client/cli/commands/operations/operation_commands.hpp"
#include "client/cli/context.hpp"
#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    Option{"--vm", "NAME", "with list: only those of this VM"},
    Option{"--timeout", "TIME", "with wait: give up after this time (default 60s)"},
    kTableOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl op list", "what is under way, and what was in the last day"},
    Example{"microvmctl op wait 01939f3e-7d6c-7aaa-8bbb-0123456789ab", "until it has ended"},
    Example{"microvmctl op cancel 01939f3e-7d6c-7aaa-8bbb-0123456789ab", "give it up"},
};

constexpr Milliseconds kDefaultWait{60'000};

Table tableOf(const Json& operations) {
  Table table({"ID", "VM", "KIND", "STATE", "SINCE", "STEP"});
  for (const Json& operation : operations) {
    table.add({Cell{textAt(operation, "/id")}, Cell{textAt(operation, "/vm/name")}, Cell{textAt(operation, "/kind")},
               Cell{textAt(operation, "/state")}, Cell{textAt(operation, "/createdAt")},
               Cell{textAt(operation, "/step")}});
  }
  return table;
}

void print(Context& context, const Json& operations) {
  const auto format = context.format().value_or(Format::Table);
  if (format == Format::Json) {
    context.out().write(operations.dump(2) + "\n");
  } else if (format == Format::JsonLines) {
    for (const Json& operation : operations)
      context.out().write(operation.dump() + "\n");
  } else {
    context.out().write(tableOf(operations).text(context.colour()));
  }
}

ExitCode list(Context& context, const Arguments& arguments) {
  const auto operations = context.client().listOperations(arguments.text("vm").value_or(""));
  if (!operations) return context.fail("cannot list the operations", operations.error());
  print(context, operations->value("items", Json::array()));
  return ExitCode::Ok;
}

/// The operation, and its error as the command's own.
ExitCode tell(Context& context, const Result<Json>& operation, std::string_view failure) {
  if (!operation) return context.fail(failure, operation.error());
  print(context, Json::array({*operation}));
  const auto error = operation->find("error");
  if (error == operation->end()) return ExitCode::Ok;
  return context.fail(fmt::format("the operation has {}", textAt(*operation, "/state")),
                      http::errorFromProblem(*error));
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto& words = arguments.operands();
  if (words.front() == "list" && words.size() == 1) return list(context, arguments);
  if (words.size() == 2 && words.front() == "wait") {
    const auto limit = arguments.duration("timeout");
    if (!limit) return context.fail("", limit.error());
    return tell(context, context.client().waitOperation(words[1], limit->value_or(kDefaultWait)),
                "waiting for the operation");
  }
  if (words.size() == 2 && words.front() == "cancel") {
    const auto cancelled = context.client().cancelOperation(words[1]);
    if (!cancelled) return context.fail("cannot cancel the operation", cancelled.error());
    print(context, Json::array({*cancelled}));
    return ExitCode::Ok;
  }
  return context.fail("", Error{Errc::Usage, "op takes list, wait ID or cancel ID", "microvmctl help op", {}});
}

}  // namespace

const Command& opCommand() {
  static constexpr Command kCommand{
      .name = "op",
      .group = "Service",
      .summary = "list operations, wait for one, or give one up",
      .operands = "list | wait ID | cancel ID",
      .leastOperands = 1,
      .mostOperands = 2,
      .description =
          "Whatever takes its time, such as a start or a stop, is an operation. It goes on when its client leaves and "
          "is "
          "remembered for a day. A start can be given up at any time, a stop while the guest is waited for.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
