#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <map>
#include <span>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/console/pattern.hpp"
#include "api/core/text.hpp"
#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/actions/asking.hpp"
#include "client/cli/commands/console/follow.hpp"
#include "client/cli/commands/vms/vm_commands.hpp"
#include "client/cli/commands/vms/waiting.hpp"
#include "client/cli/context.hpp"
#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    Option{"--for", "CONDITION", "{} (default stopped)", Takes::OneValue,
           "running,ready,paused,stopped,deleted,condition=NAME,console=REGEX"},
    Option{"--timeout", "TIME", "give up after this time (default 60s)"},
    Option{"--offset", "N", "with console=: look from this byte of the log on (default: where the newest boot begins)"},
    kResultOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl wait web --for running", "until it runs"},
    Example{"microvmctl wait web --for 'console=login:' --timeout 2m", "until the guest shows its prompt"},
    Example{"microvmctl wait web --for ready", "until every sign of its definition's readiness is there"},
    Example{"microvmctl wait web db --timeout 5m", "until both are stopped"},
};

using Clock = std::chrono::steady_clock;

constexpr std::string_view kConsolePrefix = "console=";
constexpr std::string_view kConditionPrefix = "condition=";

struct Search {
  std::string expression;
  std::optional<std::uint64_t> offset;
  Milliseconds limit{0};
};

Error notSeen(const Search& search) {
  return Error{
      Errc::Timeout,
      fmt::format("no line of the console matched \"{}\" within {}", search.expression, formatDuration(search.limit)),
      {},
      {}};
}

/// Where the boot begins that the VM is in; one that is starting has begun it once it runs. What an earlier boot said
/// does not count, so a VM that is stopped has nothing to be waited for.
Result<std::uint64_t> bootOffset(Context& context, const std::string& name, Clock::time_point deadline) {
  auto& client = context.client();
  const auto vm = client.getVm(name);
  if (!vm) return vm.error();
  const auto state = textAt(*vm, "/status/state");
  if (state == "stopped")
    return Error{Errc::WrongState, "it is stopped and says nothing", "microvmctl start " + name + ", or --offset", {}};
  if (state != "running" && state != "paused" && state != "stopping") {
    const auto left = std::max(std::chrono::ceil<Milliseconds>(deadline - Clock::now()), Milliseconds(1));
    if (const auto running = client.waitVm(name, client::Condition::Running, left); !running) return running.error();
  }
  const auto status = client.getConsoleStatus(name, client::Client::Marks::Given);
  if (!status) return status.error();
  const auto boots = status->value("boots", Json::array());
  return boots.empty() ? 0 : boots.back().value("offset", std::uint64_t{0});
}

Result<Json> seek(Context& context, const std::string& name, const Search& search, Clock::time_point deadline) {
  auto pattern = Pattern::compile("--for", search.expression);
  if (!pattern) return std::move(pattern).error();
  bool matched = false;
  const auto sink = [&](std::uint64_t, std::string_view bytes) {
    matched = pattern->feed(bytes);
    return matched ? client::Next::Enough : client::Next::More;
  };
  const auto offset = search.offset ? Result<std::uint64_t>(*search.offset) : bootOffset(context, name, deadline);
  if (!offset) return offset.error();
  const auto followed = followLog(context, name, *offset, sink, deadline);
  if (!followed && followed.error().code == Errc::Timeout) return notSeen(search);
  if (!followed) return followed.error();
  if (!matched) return Error{Errc::WrongState, "it stopped before a line of the console matched", {}, {}};
  context.note(fmt::format("\"{}\" said: {}", name, pattern->line()));
  return context.client().getVm(name);
}

ExitCode waitForConsole(Context& context, Batch& batch, const Search& search) {
  const auto deadline = Clock::now() + search.limit;
  batch.step("waiting for", [&](const std::string& name) { return seek(context, name, search, deadline); });
  return batch.finish();
}

constexpr std::array<std::string_view, 7> kConditionNames{"Ready", "Running", "Runner", "Console",
                                                          "Vsock", "Tcp",     "Http"};
constexpr std::array<std::string_view, 3> kStatuses{"True", "False", "Unknown"};

bool isOneOf(std::span<const std::string_view> words, const std::string& word) {
  const auto isSame = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
  return std::any_of(words.begin(), words.end(), [&](std::string_view each) {
    return std::equal(each.begin(), each.end(), word.begin(), word.end(), isSame);
  });
}

/// "condition=NAME" or "condition=NAME=STATUS"; capitals do not matter to the daemon.
Result<void> checkCondition(const std::string& condition) {
  const auto name = condition.substr(kConditionPrefix.size());
  const auto equals = name.find('=');
  const bool hasStatus = equals != std::string::npos;
  if (isOneOf(kConditionNames, name.substr(0, equals)) && (!hasStatus || isOneOf(kStatuses, name.substr(equals + 1))))
    return {};
  return Error{
      Errc::Usage,
      fmt::format("--for: there is no condition {}", inQuotes(name)),
      "condition=NAME or condition=NAME=STATUS: a NAME is Ready, Running, Runner, Console, Vsock, Tcp or Http, "
      "a STATUS True, False or Unknown",
      {}};
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto limit = waitLimit(arguments);
  if (!limit) return context.fail("", limit.error());
  const auto offset = arguments.number("offset");
  if (!offset) return context.fail("", offset.error());
  const std::string condition = arguments.text("for").value_or("stopped");
  Batch batch(context, arguments.operands());
  if (condition.starts_with(kConsolePrefix)) {
    const Search search{condition.substr(kConsolePrefix.size()), *offset, *limit};
    if (const auto pattern = Pattern::compile("--for", search.expression); !pattern)
      return context.fail("", pattern.error());
    return waitForConsole(context, batch, search);
  }
  if (condition.starts_with(kConditionPrefix)) {
    if (const auto known = checkCondition(condition); !known) return context.fail("", known.error());
  }
  if (condition == "ready" || condition.starts_with(kConditionPrefix)) {
    waitAll(context, batch, condition, *limit);
    return batch.finish();
  }
  static const std::map<std::string_view, client::Condition> kConditions{{"running", client::Condition::Running},
                                                                         {"paused", client::Condition::Paused},
                                                                         {"stopped", client::Condition::Stopped},
                                                                         {"deleted", client::Condition::Deleted}};
  const auto known = kConditions.find(condition);
  if (known == kConditions.end()) {
    return context.fail("", Error{Errc::Usage,
                                  fmt::format("--for: there is no condition \"{}\"", condition),
                                  "one of running, ready, paused, stopped, deleted, condition=NAME, console=REGEX",
                                  {}});
  }
  waitAll(context, batch, known->second, *limit);
  return batch.finish();
}

}  // namespace

const Command& waitCommand() {
  static constexpr Command kCommand{
      .name = "wait",
      .group = "Virtual machines",
      .summary = "wait until VMs run, are stopped or deleted, or say something",
      .operands = "NAME...",
      .leastOperands = 1,
      .mostOperands = kAnyNumber,
      .description =
          "Returns when the condition holds for every name; one time limit for all of them. The exit code is 6 when it "
          "has passed.\n"
          "ready is condition=Ready; a NAME is Ready, Running, or a sign of the definition's readiness: Runner, "
          "Console, "
          "Vsock, Tcp, Http. NAME=False waits for the opposite.\n"
          "console=REGEX (POSIX extended syntax) looks at the console's log line by line, from where the newest boot "
          "begins, so that what it said before counts too; an unfinished line such as a prompt counts, escape "
          "sequences do not.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
