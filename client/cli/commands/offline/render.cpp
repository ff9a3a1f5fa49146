#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/core/text.hpp"
#include "client/cli/commands/offline/judgement.hpp"
#include "client/cli/commands/offline/offline_commands.hpp"
#include "daemon/runner/vfkit/encoder/encoder.hpp"
#include "daemon/runner/vfkit/encoder/stand_in.hpp"

namespace microvm::cli {
namespace {

constexpr std::array kOptions{
    kRunnerOption,
    kHostOption,
    kVersionOption,
    Option{"--program", "PATH", "the runner's program (default: its name)"},
    Option{"--run-dir", "FOLDER", "the VM's own run folder, for sockets and links (default /run/microvm/00000000)"},
    Option{"--state-dir", "FOLDER", "the VM's own state folder, for EFI variables (default /var/lib/microvm)"},
    Option{"-o,--output,--format", "FORMAT", "{}: one line for a shell (the default), or a list of strings",
           Takes::OneValue, "shell,json,jsonl"},
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl render web.yaml --runner vfkit --host darwin-arm64", "what a Mac would run"},
    Example{"microvmctl render web.yaml --runner qemu -o json | jq -r '.[]'", "a word a line"},
};

EncodeOptions optionsOf(const RunnerTarget& target, const Arguments& arguments) {
  EncodeOptions options = standInOptions(target);
  if (const auto program = arguments.text("program")) options.program = *program;
  if (const auto folder = arguments.text("run-dir")) {
    options.runFolder = *folder;
    options.socketPath = *folder + "/vfkit.sock";
  }
  if (const auto folder = arguments.text("state-dir")) options.variableStore = *folder + "/efi.vars";
  return options;
}

void noteWhatIsMeant(Context& context, const EncodedCommand& command, std::size_t madeUp) {
  for (const Link& link : command.links)
    context.note(fmt::format("{} is a link to {}", link.path, link.target));
  if (!command.emptyInitrd.empty()) context.note(fmt::format("{} is an empty initrd", command.emptyInitrd));
  if (madeUp > 0) context.note("MAC addresses stand for those that create makes up; give mac to pin them");
}

/// The daemon's own folders are so; a link or a socket in another one would be misread.
bool isPlainFolder(const std::string& path) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-";
  return path.starts_with('/') && path.find_first_not_of(kPlain) == std::string::npos;
}

Result<void> checkPlaces(const Arguments& arguments) {
  for (const std::string_view option : {"run-dir", "state-dir"}) {
    const auto folder = arguments.text(option);
    if (!folder || isPlainFolder(*folder)) continue;
    return Error{
        Errc::Usage,
        fmt::format("--{}: {} is not an absolute path of A-Z, a-z, 0-9, ., _, / and -", option, inQuotes(*folder)),
        {},
        {}};
  }
  if (arguments.text("program") != "") return {};
  return Error{Errc::Usage, "--program: it is empty; give the runner's path or name, or leave the option out", {}, {}};
}

/// The file itself can be used, so it is the options by which its command line cannot be made.
Error folderProblem(const Arguments& arguments, const Error& refused) {
  constexpr std::size_t kAlwaysShort = 74;  // the name of a vsock's socket has up to 29 bytes, and all may have 103
  const auto folder = arguments.text("run-dir");
  if (!folder || folder->size() <= kAlwaysShort) return refused;
  return Error{Errc::Usage,
               fmt::format("--run-dir: the path has {} bytes, and the sockets in it would be too long; give one of at "
                           "most {}",
                           folder->size(), kAlwaysShort),
               {},
               {}};
}

/// Whatever is wrong with the file is wrong with what the command was given.
ExitCode refuse(Context& context, const std::string& what, const Error& error) {
  (void)context.fail(what, error);
  return ExitCode::Usage;
}

ExitCode run(Context& context, const Arguments& arguments) {
  if (const auto places = checkPlaces(arguments); !places) return context.fail("", places.error());
  const std::string& file = arguments.operands().front();
  const auto judgement = judgeFile(file, context, arguments);
  if (!judgement) return refuse(context, fmt::format("cannot use {}", file), judgement.error());
  noteHost(context, arguments, judgement->target);
  noteWarnings(context, file, judgement->findings.warnings);
  Definition definition = judgement->definition;
  const std::size_t madeUp = giveMacs(definition);
  if (!judgement->findings.errors.empty()) {
    return refuse(context, fmt::format("{} cannot be used with {}", file, describe(judgement->target)),
                  invalidMembers(judgement->findings.errors));
  }
  const auto command = encodeCommandLine(definition, optionsOf(judgement->target, arguments));
  if (!command) return refuse(context, "", folderProblem(arguments, command.error()));
  noteWhatIsMeant(context, *command, madeUp);
  if (context.wantsJson()) {
    context.writeJson(command->words);
  } else {
    context.out().write(shellText(command->words) + "\n");
  }
  return ExitCode::Ok;
}

}  // namespace

const Command& renderCommand() {
  static constexpr Command kCommand{
      .name = "render",
      .group = "Definitions",
      .summary = "print the runner's command line for a definition file, without a daemon",
      .operands = "FILE",
      .leastOperands = 1,
      .mostOperands = 1,
      .description =
          "Prints exactly the words that the daemon would start the runner with, the program first. What only a daemon "
          "knows has a stand-in: the VM's folders, addresses that were not given, and an EFI variable store that is "
          "taken as not yet made. Exits with 2 when the definition cannot be used.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
      .isOffline = true,
      .furtherFormat = "shell",
  };
  return kCommand;
}

}  // namespace microvm::cli
