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
    Option{"--tail", "BYTES", "begin with so many of the newest bytes of the log"},
    Option{"--offset", "N", "begin with this byte of the log"},
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
  if (*offset && *tail) return context.fail("", Error{Errc::Usage, "--offset and --tail exclude each other", {}, {}});
  return attachConsole(context, arguments, arguments.operands().front(), client::ConsolePlace{*offset, *tail});
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
