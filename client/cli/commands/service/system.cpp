#include <array>
#include <cerrno>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/commands/remote/dial_stdio.hpp"
#include "client/cli/commands/service/service_commands.hpp"
#include "client/cli/context.hpp"
#include "daemon/process/program_lookup.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    Option{"--state-dir", "FOLDER", "the daemon's state folder, where no daemon can be asked"},
    kTableOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl system backup", "a copy of the database, in the state folder's backups"},
    Example{"microvmctl system backup ~/microvm.db", "the same, in a file of your choice"},
    Example{"microvmctl system verify", "look through the database and every vm.json"},
    Example{"microvmctl system restore ~/microvm.db", "put a copy back, after the daemon was stopped"},
    Example{"microvmctl --host ssh://user@mac list", "runs system dial-stdio on that host"},
};

void print(Context& context, const Json& json, const std::string& text) {
  if (context.wantsJson()) return context.writeJson(json);
  context.out().write(text);
}

/// Nobody answers on the daemon's socket.
bool isDaemonAway(Context& context, const Error& error) {
  return error.code == Errc::Unreachable && context.client().lastProblem().empty();
}

/// A daemon that was named and is away had a folder that only it knows: nobody else's database is touched instead.
Result<void> checkFolder(Context& context, const Arguments& arguments) {
  const std::string& daemon = context.client().socketPath();
  const bool isNamed = arguments.has("host") || context.environment()("MICROVM_HOST").has_value();
  const std::string hint = fmt::format("microvmctl system {} --state-dir FOLDER, on the daemon's machine",
                                       fmt::join(arguments.operands(), " "));
  if (isNamed && !arguments.has("state-dir")) {
    return Error{Errc::Unreachable,
                 fmt::format("no daemon answers at {}, and which state folder it has is not known", daemon),
                 hint,
                 {}};
  }
  if (!daemon.starts_with('/')) {
    return Error{
        Errc::Usage, fmt::format("--state-dir is a folder of this machine, and {} is another", daemon), hint, {}};
  }
  if (!context.wantsJson()) return {};
  return Error{
      Errc::Usage, "microvmd itself does this while it does not serve, and prints text", "leave -o json out", {}};
}

/// microvmd itself does it while it does not serve; this process becomes that one.
ExitCode become(Context& context, const Arguments& arguments, std::vector<std::string> flags) {
  if (const auto checked = checkFolder(context, arguments); !checked) return context.fail("", checked.error());
  const auto program = findProgram("microvmd");
  if (!program) return context.fail("", program.error());
  if (const auto folder = arguments.text("state-dir")) flags.insert(flags.end(), {"--state-dir", *folder});
  flags.insert(flags.begin(), *program);
  std::vector<char*> words;
  for (auto& flag : flags)
    words.push_back(flag.data());
  words.push_back(nullptr);
  ::execv(words[0], words.data());
  return context.fail("", systemError("cannot run " + *program, errno));
}

ExitCode backup(Context& context, const Arguments& arguments) {
  const auto& words = arguments.operands();
  const auto file = words.size() > 1 ? std::filesystem::absolute(words[1]).lexically_normal().string() : std::string();
  const auto copy = context.client().backupSystem(file);
  if (!copy && isDaemonAway(context, copy.error()) && !file.empty()) {
    return become(context, arguments, {"--backup", file});
  }
  if (!copy) return context.fail("cannot back up", copy.error());
  print(context, *copy,
        fmt::format("{} VMs, {} bytes in {}\n", copy->value("vms", 0), copy->value("bytes", 0),
                    copy->value("file", std::string())));
  return ExitCode::Ok;
}

ExitCode verify(Context& context, const Arguments& arguments) {
  const auto verified = context.client().verifySystem();
  if (!verified && isDaemonAway(context, verified.error())) return become(context, arguments, {"--verify"});
  if (!verified) return context.fail("cannot verify", verified.error());
  const auto findings = verified->value("findings", std::vector<std::string>());
  std::string text;
  for (const auto& finding : findings)
    text += finding + "\n";
  if (findings.empty()) text = fmt::format("{} VMs: all is well\n", verified->value("vms", 0));
  print(context, *verified, text);
  return findings.empty() ? ExitCode::Ok : ExitCode::Failed;
}

ExitCode restore(Context& context, const Arguments& arguments) {
  const auto& words = arguments.operands();
  if (words.size() < 2) {
    return context.fail("cannot restore", Error{Errc::Usage, "restore needs a file", "microvmctl system --help", {}});
  }
  const auto server = context.client().getServer();
  if (!server && !isDaemonAway(context, server.error())) return context.fail("cannot restore", server.error());
  if (server) {
    const auto folder = server->value("stateFolder", std::string());
    return context.fail("cannot restore",
                        Error{Errc::InUse,
                              "the daemon runs and has the database open",
                              fmt::format("stop the daemon, then: microvmctl system restore --state-dir {} {}",
                                          folder.empty() ? "FOLDER" : folder, words[1]),
                              {}});
  }
  const auto file = std::filesystem::absolute(words[1]).lexically_normal().string();
  return become(context, arguments, {"--restore", file});
}

ExitCode dialStdio(Context& context) {
  auto socket = context.client().connect();
  if (!socket) return context.fail("cannot connect", socket.error());
  const auto passed = passThrough(context.in(), context.out().fd(), std::move(*socket));
  return passed ? ExitCode::Ok : context.fail("the connection broke", passed.error());
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto& what = arguments.operands().front();
  if (what == "backup") return backup(context, arguments);
  if (what == "verify" && arguments.operands().size() == 1) return verify(context, arguments);
  if (what == "restore") return restore(context, arguments);
  if (what == "dial-stdio" && arguments.operands().size() == 1) return dialStdio(context);
  return context.fail("",
                      Error{Errc::Usage,
                            fmt::format("system takes backup [FILE], restore FILE, verify or dial-stdio, not \"{}\"",
                                        fmt::join(arguments.operands(), " ")),
                            "microvmctl system --help",
                            {}});
}

}  // namespace

const Command& systemCommand() {
  static constexpr Command kCommand{
      .name = "system",
      .group = "Service",
      .summary = "back up, verify and restore what is kept; reach the daemon by SSH",
      .operands = "backup [FILE] | restore FILE | verify | dial-stdio",
      .leastOperands = 1,
      .mostOperands = 2,
      .description =
          "A backup is one file with every definition, every state and every event; disk images and console logs are "
          "not in it. Restoring needs the daemon to be stopped, and keeps the database that was there beside the new "
          "one. VMs made after the backup come back from their own folders. Without a daemon, microvmd itself does the "
          "work.\n"
          "dial-stdio passes a connection to the daemon through standard input and output: with it --host "
          "ssh://USER@HOST reaches a daemon afar, and nothing listens there for it.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
