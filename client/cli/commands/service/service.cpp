#include <algorithm>
#include <array>
#include <pwd.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/core/text.hpp"
#include "client/cli/arguments.hpp"
#include "client/cli/commands/service/keeping.hpp"
#include "client/cli/commands/service/service_commands.hpp"
#include "client/cli/context.hpp"
#include "client/cli/output/vm_fields.hpp"
#include "client/service/native/native.hpp"
#include "daemon/process/program_lookup.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;
using service::Foreign;
using service::Reach;

constexpr std::array kOptions{
    Option{"--system", "", "the service of the whole system, from boot on, instead of your own", Takes::Nothing},
    Option{"--user", "USER", "install --system: whose VMs they are"},
    Option{"--runner", "PROGRAM", "install: the runner of its VMs, instead of the one that is found"},
    Option{"--force", "", "install, uninstall: also when the service was set up by somebody else", Takes::Nothing},
    Option{"--dry-run", "", "install: print the files, change nothing", Takes::Nothing},
    Option{"-n,--lines", "N", "logs: the last N lines (default 50)"},
    Option{"-f,--follow", "", "logs: go on as more comes", Takes::Nothing},
    Option{"-o,--output,--format", "FORMAT", "status: {}", Takes::OneValue, "table,json,jsonl"},
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl service install", "a daemon that is there whenever you are logged in"},
    Example{"sudo microvmctl service install --system --user alice", "one from boot on, for alice's VMs"},
    Example{"microvmctl service status", "is it there, does it run, which version"},
    Example{"microvmctl service restart", "after an upgrade; VMs go on meanwhile"},
    Example{"microvmctl service logs -f", "what it says"},
};

/// One run of the command.
struct Run {
  Context& context;
  const Arguments& arguments;
  service::Host host;
  std::unique_ptr<service::Control> control;

  [[nodiscard]] Foreign foreign() const { return arguments.has("force") ? Foreign::Replace : Foreign::Refuse; }
};

service::Owner ownerOf(const passwd& entry) {
  return service::Owner{entry.pw_name, entry.pw_uid, entry.pw_dir};
}

Result<service::Owner> ownerNamed(const Run& run) {
  const auto name = run.arguments.text("user");
  if (run.host.reach == Reach::User) {
    if (name) return Error{Errc::Usage, "--user goes with --system", "a service of your own needs no name", {}};
    return service::Owner{run.host.user, run.host.uid, run.host.home};
  }
  if (!name) {
    return Error{Errc::Usage, "--system needs --user NAME: the user whose VMs they are", "--user \"$SUDO_USER\"", {}};
  }
  const auto* entry = ::getpwnam(name->c_str());
  if (entry == nullptr) return Error{Errc::Usage, fmt::format("--user: there is no user {}", inQuotes(*name)), {}, {}};
  return ownerOf(*entry);
}

void tell(Context& context, const service::Notes& notes) {
  for (const auto& note : notes)
    context.note(note);
}

/// Tells that the daemon runs, or why not.
ExitCode tellDaemon(Run& run, const std::string& socket) {
  const auto daemon = awaitDaemon(socket);
  if (!daemon) return run.context.fail("", daemon.error());
  run.context.note(
      fmt::format("microvmd {} runs as process {}, {}", textAt(*daemon, "/version"), textAt(*daemon, "/pid"), socket));
  return ExitCode::Ok;
}

ExitCode install(Run& run) {
  constexpr auto kWhat = "cannot install the service";
  const auto owner = ownerNamed(run);
  if (!owner) return run.context.fail("", owner.error());
  const auto program = service::findDaemon(run.host.environment("PATH").value_or(""));
  if (!program) return run.context.fail(kWhat, program.error());
  const auto job = run.control->job(*owner, *program, run.arguments.text("runner"));
  if (!job) return run.context.fail(kWhat, job.error());
  if (run.arguments.has("dry-run")) {
    const auto files = run.control->files(*job);
    if (!files) return run.context.fail(kWhat, files.error());
    for (const auto& file : *files)
      run.context.out().write(fmt::format("# {}\n{}\n", file.path, file.text));
    return ExitCode::Ok;
  }
  const auto before = run.control->status();
  if (!before) return run.context.fail(kWhat, before.error());
  if (const auto free = checkStranger(job->socket, *before); !free) return run.context.fail(kWhat, free.error());
  const auto notes = run.control->install(*job, run.foreign());
  if (!notes) return run.context.fail(kWhat, notes.error());
  tell(run.context, *notes);
  return tellDaemon(run, job->socket);
}

/// How many VMs go on without a daemon, for whoever ends it.
void tellVms(Run& run, const std::optional<Json>& daemon) {
  if (!daemon) return;
  const auto running = textAt(*daemon, "/running");
  if (running != "0") run.context.note(fmt::format("{} VMs go on without a daemon", running));
}

using Ending = Result<service::Notes> (*)(Run&);

ExitCode finish(Run& run, const char* what, Ending ending) {
  const auto status = run.control->status();
  const auto daemon = status && status->pid ? daemonAt(status->socket) : std::nullopt;
  const auto notes = ending(run);
  if (!notes) return run.context.fail(what, notes.error());
  tellVms(run, daemon);
  tell(run.context, *notes);
  return ExitCode::Ok;
}

ExitCode uninstall(Run& run) {
  return finish(run, "cannot remove the service", [](Run& it) { return it.control->uninstall(it.foreign()); });
}

ExitCode stop(Run& run) {
  return finish(run, "cannot stop the service", [](Run& it) { return it.control->stop(); });
}

ExitCode begin(Run& run, const char* what, Ending beginning) {
  const auto before = run.control->status();
  if (!before) return run.context.fail(what, before.error());
  if (const auto free = checkStranger(before->socket, *before); !free) return run.context.fail(what, free.error());
  const auto notes = beginning(run);
  if (!notes) return run.context.fail(what, notes.error());
  tell(run.context, *notes);
  return tellDaemon(run, before->socket);
}

ExitCode start(Run& run) {
  return begin(run, "cannot start the service", [](Run& it) { return it.control->start(); });
}

ExitCode restart(Run& run) {
  return begin(run, "cannot restart the service", [](Run& it) { return it.control->restart(); });
}

ExitCode status(Run& run) {
  const auto found = run.control->status();
  if (!found) return run.context.fail("cannot tell the service's state", found.error());
  const auto daemon = found->pid ? daemonAt(found->socket) : std::nullopt;
  const auto format = run.context.format().value_or(Format::Table);
  if (format == Format::Json || format == Format::JsonLines) {
    run.context.out().write(statusJson(*found, daemon).dump(format == Format::Json ? 2 : -1) + "\n");
  } else {
    run.context.out().write(statusText(*found, daemon));
  }
  if (!found->installed && !found->active) return ExitCode::NotFound;
  return found->active ? ExitCode::Ok : ExitCode::Unreachable;
}

/// The manager's own program, with our terminal: colours, paging and interrupting are its.
ExitCode logs(Run& run) {
  constexpr auto kWhat = "cannot show the log";
  const auto lines = run.arguments.number("lines");
  if (!lines) return run.context.fail("", lines.error());
  const auto words = run.control->logCommand(lines->value_or(50), run.arguments.has("follow"));
  if (!words) return run.context.fail(kWhat, words.error());
  const auto program = findInPath(words->front(), run.host.environment("PATH").value_or(""));
  if (!program) return run.context.fail(kWhat, program.error());
  SpawnOptions options;
  options.program = *program;
  options.arguments = *words;
  options.environment = allowedEnvironment();
  options.descriptors = {{run.context.in(), 0}, {run.context.out().fd(), 1}, {run.context.err().fd(), 2}};
  auto child = spawn(options);
  if (!child) return run.context.fail(kWhat, child.error());
  const auto ended = child->reap();
  return ended && ended->code == 0 ? ExitCode::Ok : ExitCode::Failed;
}

struct Action {
  std::string_view name;
  ExitCode (*run)(Run& run);
};
constexpr std::array kActions{Action{"install", install}, Action{"uninstall", uninstall}, Action{"start", start},
                              Action{"stop", stop},       Action{"restart", restart},     Action{"status", status},
                              Action{"logs", logs}};

Error unknownAction(const std::string& word) {
  std::vector<std::string> names;
  for (const auto& action : kActions)
    names.emplace_back(action.name);
  const auto near = nearestName(word, names);
  return Error{Errc::Usage,
               fmt::format("service has no action {}", inQuotes(word)),
               near ? "microvmctl service " + *near : "one of " + fmt::format("{}", fmt::join(names, ", ")),
               {}};
}

service::Host hostOf(Context& context, Reach reach) {
  service::Host host;
  host.reach = reach;
  host.uid = ::getuid();
  const auto* entry = ::getpwuid(host.uid);
  host.user = entry == nullptr ? std::to_string(host.uid) : entry->pw_name;
  host.home = context.environment()("HOME").value_or(entry == nullptr ? "/" : entry->pw_dir);
  host.environment = [read = context.environment()](const std::string& name) { return read(name.c_str()); };
  return host;
}

ExitCode runService(Context& context, const Arguments& arguments) {
  const auto& word = arguments.operands().front();
  const auto* action =
      std::find_if(kActions.begin(), kActions.end(), [&](const Action& each) { return each.name == word; });
  if (action == kActions.end()) return context.fail("", unknownAction(word));
  auto host = hostOf(context, arguments.has("system") ? Reach::System : Reach::User);
  auto control = service::makeControl(host);
  Run run{context, arguments, std::move(host), std::move(control)};
  return action->run(run);
}

}  // namespace

const Command& serviceCommand() {
  static constexpr Command kCommand{
      .name = "service",
      .group = "Service",
      .summary = "keep the daemon running: install, start, status, logs",
      .operands = "install|uninstall|start|stop|restart|status|logs",
      .leastOperands = 1,
      .mostOperands = 1,
      .description =
          "Hands the daemon to the service manager of the system: launchd on macOS, systemd on Linux. It is then there "
          "from login on, or with --system from boot on, and comes back when it fails.\n"
          "VMs go on while the daemon is stopped, restarted or upgraded. stop lasts until start, or until the next "
          "login or boot; uninstall is for good and keeps every VM.\n"
          "status exits with 0 when it is active, with 3 when it is not, and with 4 when it is not installed.",
      .options = kOptions,
      .examples = kExamples,
      .run = runService,
  };
  return kCommand;
}

}  // namespace microvm::cli
