#include "client/cli/completion.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "client/cli/arguments.hpp"
#include "client/cli/commands/shell/shell_commands.hpp"
#include "client/cli/commands/shell/vm_names.hpp"
#include "client/cli/context.hpp"
#include "embedded/microvm_client_cli_commands_shell.hpp"

namespace microvm::cli {
namespace {

constexpr std::array kExamples{
    Example{"microvmctl completion bash > ~/.local/share/bash-completion/completions/microvmctl",
            "bash with the package bash-completion"},
    Example{"eval \"$(microvmctl completion bash)\"", "bash without it, such as that of macOS, in ~/.bashrc"},
    Example{"microvmctl completion zsh > ~/.zfunc/_microvmctl",
            "zsh, with \"fpath=(~/.zfunc $fpath)\" in front of compinit in ~/.zshrc"},
    Example{"microvmctl completion fish > ~/.config/fish/completions/microvmctl.fish", "fish"},
    Example{"microvmctl completion words -- start we", "which VMs begin with \"we\""},
};

struct Script {
  std::string_view shell;
  const std::string_view* text;
};
constexpr std::array kScripts{Script{"bash", &embedded::microvmctl_bash}, Script{"zsh", &embedded::_microvmctl},
                              Script{"fish", &embedded::microvmctl_fish}};

ExitCode words(Context& context, const Arguments& arguments) {
  auto completion = complete(context.table(), std::span<const std::string>(arguments.operands()).subspan(1));
  const auto host = completion.host ? completion.host : arguments.text("host");
  if (completion.takesVms) addVms(completion, vmNames(host, context.environment()));
  context.out().write(completionText(completion));
  return ExitCode::Ok;
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto& operands = arguments.operands();
  const auto& what = operands.front();
  if (what == "words") return words(context, arguments);
  for (const auto& [shell, text] : kScripts) {
    if (what != shell || operands.size() > 1) continue;
    context.out().write(*text);
    return ExitCode::Ok;
  }
  return context.fail("", Error{Errc::Usage,
                                fmt::format("completion takes bash, zsh, fish, or words -- WORD..., not \"{}\"",
                                            fmt::join(operands, " ")),
                                "microvmctl completion --help",
                                {}});
}

}  // namespace

const Command& completionCommand() {
  static constexpr Command kCommand{
      .name = "completion",
      .group = "Service",
      .summary = "print what lets bash, zsh or fish complete command lines",
      .operands = "bash | zsh | fish | words -- WORD...",
      .leastOperands = 1,
      .mostOperands = kAnyNumber,
      .description =
          "Prints a script for the shell; the packages bring it along. It completes commands, options, their values "
          "and "
          "the names of VMs, of the daemon that the line names with --host. A daemon that does not answer within a "
          "fifth "
          "of a second is not waited for, and none is started.\n"
          "words is what the scripts ask: what the last WORD of the line behind \"microvmctl\" may become, in a line "
          "each "
          "with a tab and a description. A last line \":files\" or \":folders\" says that paths fit too, and behind a "
          "tab "
          "what of the word stands in front of them.",
      .examples = kExamples,
      .run = run,
      .isOffline = true,
  };
  return kCommand;
}

}  // namespace microvm::cli
