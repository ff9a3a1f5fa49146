#include "client/cli/app.hpp"

#include <fmt/format.h>

#include "api/version/version.hpp"
#include "client/cli/arguments.hpp"
#include "client/cli/help.hpp"
#include "client/cli/output/report.hpp"
#include "client/cli/parser.hpp"

namespace microvm::cli {
namespace {

ExitCode refuse(const Streams& streams, const Error& error) {
  Output(streams.err).write(errorText("", Failure{error, {}}));
  return exitCodeOf(Failure{error, {}});
}

/// Output that did not arrive is a failure of whatever was done.
ExitCode settle(const Streams& streams, const Output& out, ExitCode code) {
  if (out.failure() == 0) return code;
  auto error = systemError("cannot write the output", out.failure());
  error.code = Errc::Io;
  const auto failed = refuse(streams, error);
  return code == ExitCode::Ok ? failed : code;
}

Result<std::optional<Format>> formatOf(const Command& command, const Arguments& arguments) {
  if (const auto text = arguments.text("output")) {
    if (!command.furtherFormat.empty() && *text == command.furtherFormat) return std::optional<Format>{Format::Further};
    auto format = parseFormat(*text);
    if (!format) return std::move(format).error();
    return std::optional<Format>{*format};
  }
  if (arguments.has("json")) return std::optional<Format>{Format::Json};
  return std::optional<Format>{};
}

}  // namespace

ExitCode runCommandLine(CommandTable table, std::span<const std::string> words, Streams streams,
                        const Environment& environment) {
  auto line = parseLine(table, words);
  if (!line) return refuse(streams, line.error());
  const Arguments& arguments = line->arguments;
  const Command* command = line->command;
  Output out(streams.out);
  if (arguments.has("version")) {
    out.write(fmt::format("microvmctl {}\n", version()));
    return settle(streams, out, ExitCode::Ok);
  }
  if (arguments.has("help")) {
    out.write(command == nullptr ? overviewHelp(table) : commandHelp(*command));
    return settle(streams, out, ExitCode::Ok);
  }
  if (command == nullptr) {
    Output(streams.err).write(overviewHelp(table));
    return ExitCode::Usage;
  }
  const auto format = formatOf(*command, arguments);
  if (!format) return refuse(streams, format.error());
  auto daemon = command->isOffline ? Result<client::Endpoint>(client::unixEndpoint({}))
                                   : daemonEndpoint(arguments.text("host"), environment);
  if (!daemon) return refuse(streams, daemon.error());
  const auto notes = arguments.has("quiet") ? Context::Notes::Quiet : Context::Notes::Shown;
  Context context(streams, environment, table, std::move(*daemon), notes);
  context.setFormat(*format);
  const auto code = command->run(context, arguments);
  return settle(streams, context.out(), code);
}

}  // namespace microvm::cli
