#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/commands/console/attach.hpp"
#include "client/cli/commands/console/console_commands.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    kDetachKeysOption,
    Option{"--read-only", "", "only watch; what is typed goes nowhere", Takes::Nothing},
    Option{"--exclusive", "", "nobody else is heard meanwhile; refused when another has it so", Takes::Nothing},
    Option{"--take-over", "", "the same, though another has it: that one is not heard any more", Takes::Nothing},
    Option{"--tail", "BYTES", "begin with so many of the newest bytes of the log"},
    Option{"--since", "TIME", "begin with what was written then: 5m (ago) or 2026-11-23T10:40:52Z"},
    Option{"--offset", "N", "begin with this byte of the log"},
    Option{"--record", "FILE", "record the output as an asciicast; replay plays it"},
    Option{"--until", "REGEX", "leave when a line of output matches"},
    Option{"--timeout", "TIME", "leave after this time; with --until that is exit code 6"},
};

constexpr std::array kExamples{
    Example{"microvmctl console web", "a terminal on the VM; ^] leaves"},
    Example{"microvmctl console --read-only --tail 4096 web", "watch, beginning with what it said last"},
    Example{"printf 'uname -a\\n' | microvmctl console web --until '^Linux' --timeout 10s",
            "in a script: type, and wait for the answer"},
};

ExitCode run(Context& context, const Arguments& arguments) {
  const auto offset = arguments.number("offset");
  if (!offset) return context.fail("", offset.error());
  const auto tail = arguments.number("tail");
  if (!tail) return context.fail("", tail.error());
  const auto since = arguments.time("since");
  if (!since) return context.fail("", since.error());
  if (int(offset->has_value()) + int(tail->has_value()) + int(since->has_value()) > 1) {
    return context.fail("", Error{Errc::Usage, "--offset, --tail and --since exclude each other", {}, {}});
  }
  if (arguments.has("read-only") && (arguments.has("exclusive") || arguments.has("take-over"))) {
    return context.fail("", Error{Errc::Usage, "--read-only and --exclusive exclude each other", {}, {}});
  }
  const client::ConsolePlace place{.offset = *offset, .tail = *tail, .since = *since};
  return attachConsole(context, arguments, arguments.operands().front(), place);
}

}  // namespace

const Command& consoleCommand() {
  static constexpr Command kCommand{
      .name = "console",
      .group = "Console",
      .summary = "attach to a VM's console",
      .operands = "NAME",
      .leastOperands = 1,
      .mostOperands = 1,
      .description =
          "Connects the terminal to the VM's console. Every key goes to the guest but the ones that leave it: ^], or "
          "what "
          "--detach-keys or MICROVM_DETACH_KEYS say. Any number of people may be attached. The VM does not notice when "
          "one leaves, "
          "and a daemon that restarts is waited for, without loss of output.\n"
          "When standard input is no terminal, its bytes go to the guest until it ends, and output is copied until the "
          "VM ends, "
          "--until matches or --timeout has passed.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
