#include "client/cli/commands/console/attach.hpp"

#include <algorithm>
#include <csignal>
#include <pwd.h>
#include <string>
#include <unistd.h>

#include <fmt/format.h>

#include "api/core/text.hpp"
#include "client/cli/console/session.hpp"
#include "client/cli/output/report.hpp"

namespace microvm::cli {
namespace {

Result<DetachKeys> detachKeys(const Context& context, const Arguments& arguments) {
  if (const auto keys = arguments.text("detach-keys")) return DetachKeys::parse(*keys);
  return DetachKeys::parse(context.environment()("MICROVM_DETACH_KEYS").value_or("^]"));
}

constexpr std::uint64_t kTerminalQueue = 1024 * 1024;
constexpr std::size_t kLabelBytes = 64;

// Who this is, for the others: "anna@pts/3", or "anna, process 4711" in a script.
std::string labelOf(int in) {
  const auto* user = ::getpwuid(::getuid());
  std::string label = user == nullptr ? std::to_string(::getuid()) : user->pw_name;
  const char* terminal = ::ttyname(in);
  std::string_view name = terminal == nullptr ? "" : terminal;
  if (name.starts_with("/dev/")) name.remove_prefix(5);
  label += name.empty() ? fmt::format(", process {}", ::getpid()) : fmt::format("@{}", name);
  return label.substr(0, kLabelBytes);
}

client::ConsoleAccess accessOf(const Arguments& arguments) {
  if (arguments.has("read-only")) return client::ConsoleAccess::ReadOnly;
  const bool alone = arguments.has("exclusive") || arguments.has("take-over");
  return alone ? client::ConsoleAccess::Exclusive : client::ConsoleAccess::ReadWrite;
}

Result<SessionOptions> optionsOf(Context& context, const Arguments& arguments, const std::string& vm) {
  SessionOptions options;
  options.vm = vm;
  options.request.access = accessOf(arguments);
  options.request.takeOver = arguments.has("take-over");
  options.request.label = labelOf(context.in());
  options.record = arguments.text("record").value_or("");
  // A person wants to see what is now, not what was; a program wants all of it.
  if (::isatty(context.out().fd()) == 1) options.request.queue = kTerminalQueue;
  auto keys = detachKeys(context, arguments);
  if (!keys) return std::move(keys).error();
  options.detachKeys = std::move(*keys);
  // start has a --timeout too, which is for the start.
  if (!arguments.has("console")) {
    const auto limit = arguments.duration("timeout");
    if (!limit) return limit.error();
    options.limit = *limit;
  }
  if (const auto expression = arguments.text("until")) {
    auto pattern = Pattern::compile("--until", *expression);
    if (!pattern) return std::move(pattern).error();
    options.until = std::move(*pattern);
  }
  options.in = context.in();
  options.out = context.out().fd();
  return options;
}

// The guest may have left the cursor anywhere, so what is said begins on a line of its own.
void say(Context& context, std::string_view text) {
  if (!context.isQuiet()) context.err().write(fmt::format("\r\n[{}]\r\n", printable(text)));
}

std::string endText(const std::string& vm, SessionEnd end) {
  switch (end) {
    case SessionEnd::Detached:
      return fmt::format("detached from \"{}\", which runs on", vm);
    case SessionEnd::VmEnded:
      return fmt::format("\"{}\" has stopped", vm);
    case SessionEnd::LimitPassed:
      return "the time is up";
    case SessionEnd::Matched:
    case SessionEnd::Interrupted:
    case SessionEnd::OutputGone:
      return {};
  }
  return {};
}

/// A script has nothing but this and the exit code.
void tellUnmatched(Context& context, const Arguments& arguments, SessionEnd end) {
  if (end != SessionEnd::VmEnded && end != SessionEnd::LimitPassed) return;
  const auto until = inQuotes(arguments.text("until").value_or(""));
  const bool ended = end == SessionEnd::VmEnded;
  const Error error{
      ended ? Errc::WrongState : Errc::Timeout,
      ended ? fmt::format("{} stopped before a line of its output matched {}", inQuotes(arguments.operands().front()),
                          until)
            : fmt::format("no line of the output matched {} within {}", until, arguments.text("timeout").value_or("")),
      {},
      {}};
  context.err().write(errorText("", Failure{error, {}}));
}

ExitCode codeOf(const SessionResult& result, bool wantedMatch) {
  switch (result.end) {
    case SessionEnd::Detached:
    case SessionEnd::Matched:
    case SessionEnd::OutputGone:
      return ExitCode::Ok;
    case SessionEnd::VmEnded:
      return wantedMatch ? ExitCode::Conflict : ExitCode::Ok;
    case SessionEnd::LimitPassed:
      return wantedMatch ? ExitCode::Timeout : ExitCode::Ok;
    case SessionEnd::Interrupted:
      return result.signal == SIGINT ? ExitCode::Interrupted : static_cast<ExitCode>(128 + result.signal);
  }
  return ExitCode::Failed;
}

}  // namespace

ExitCode attachConsole(Context& context, const Arguments& arguments, const std::string& vm,
                       const client::ConsolePlace& place) {
  const std::string what = fmt::format("cannot attach to \"{}\"", vm);
  auto options = optionsOf(context, arguments, vm);
  if (!options) return context.fail("", options.error());
  const bool interactive = ::isatty(context.in()) == 1;
  const bool wantedMatch = options->until.has_value();
  options->request.place = place;
  options->note = [&](std::string_view text) { say(context, text); };
  options->attached = [&, keys = options->detachKeys->text(), none = options->detachKeys->isNone()] {
    if (!interactive || context.isQuiet()) return;
    const auto way = none ? std::string("there are no keys to leave") : fmt::format("{} leaves", keys);
    context.err().write(fmt::format("[attached to \"{}\"; {}]\r\n", printable(vm), way));
  };
  const auto result = runConsole(context.client(), std::move(*options));
  if (!result) return context.fail(what, result.error());
  if (result->outputError != 0) context.out().refused(result->outputError);
  const auto text = endText(vm, result->end);
  if (interactive && !text.empty()) say(context, text);
  if (!interactive && wantedMatch) tellUnmatched(context, arguments, result->end);
  return codeOf(*result, wantedMatch);
}

}  // namespace microvm::cli
