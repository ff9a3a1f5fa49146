#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "client/cli/arguments.hpp"
#include "client/cli/commands/console/console_commands.hpp"
#include "client/cli/commands/console/follow.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {
namespace {

constexpr std::array kOptions{
    Option{"-f,--follow", "", "go on as the guest writes, until the VM stops", Takes::Nothing},
    Option{"-n,--lines", "N", "only the last N lines"},
    Option{"--tail", "BYTES", "only so many of the newest bytes"},
    Option{"--offset", "N", "from this byte of the log on"},
};

constexpr std::array kExamples{
    Example{"microvmctl logs -n 20 web", "its last 20 lines"},
    Example{"microvmctl logs -f web", "everything kept, and then what comes"},
    Example{"microvmctl logs web > boot.log", "everything kept, to a file"},
};

// A guess at the length of a line; a wrong one costs another round.
constexpr std::uint64_t kLineGuess = 128;
constexpr std::uint64_t kRoundFactor = 8;
constexpr std::uint64_t kMostLines = 10'000'000;

// Where the last `lines` lines begin in `text`; 0 when there are fewer.
std::size_t lastLines(std::string_view text, std::uint64_t lines) {
  std::size_t at = text.size();
  if (text.ends_with('\n')) --at;
  for (; lines > 0; --lines) {
    const auto found = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
    if (found == std::string_view::npos) return 0;
    at = found;
  }
  return at + 1;
}

// Prints the last lines and returns the offset behind them.
Result<std::uint64_t> printLines(Context& context, const std::string& name, std::uint64_t lines) {
  for (std::uint64_t tail = lines * kLineGuess;; tail *= kRoundFactor) {
    std::string text;
    auto bounds = readLog(context.client(), name, client::ConsolePlace{.offset = {}, .tail = tail}, text);
    if (!bounds) return std::move(bounds).error();
    const auto begin = lines == 0 ? text.size() : lastLines(text, lines);
    if (begin == 0 && bounds->offset > bounds->start) continue;
    context.out().write(std::string_view(text).substr(begin));
    return bounds->offset + text.size();
  }
}

Result<std::uint64_t> printFrom(Context& context, const std::string& name, const client::ConsolePlace& place) {
  std::uint64_t reached = 0;
  const auto sink = [&](std::uint64_t offset, std::string_view bytes) {
    context.out().write(bytes);
    reached = offset + bytes.size();
    return context.out().isClosed() ? client::Next::Enough : client::Next::More;
  };
  auto bounds = readLog(context.client(), name, place, sink);
  if (!bounds) return std::move(bounds).error();
  return std::max(reached, bounds->offset);
}

ExitCode follow(Context& context, const std::string& name, std::uint64_t offset) {
  const auto sink = [&](std::uint64_t, std::string_view bytes) {
    context.out().write(bytes);
    return context.out().isClosed() ? client::Next::Enough : client::Next::More;
  };
  const auto followed = followLog(context, name, offset, sink, {});
  return followed ? ExitCode::Ok : context.fail(fmt::format("cannot follow the log of \"{}\"", name), followed.error());
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto lines = arguments.number("lines");
  if (!lines) return context.fail("", lines.error());
  const auto tail = arguments.number("tail");
  if (!tail) return context.fail("", tail.error());
  const auto offset = arguments.number("offset");
  if (!offset) return context.fail("", offset.error());
  if ((*lines ? 1 : 0) + (*tail ? 1 : 0) + (*offset ? 1 : 0) > 1) {
    return context.fail("", Error{Errc::Usage, "--lines, --tail and --offset exclude each other", {}, {}});
  }
  const auto& name = arguments.operands().front();
  // Without a place the API begins at the log's end.
  client::ConsolePlace place{.offset = *offset, .tail = *tail};
  if (!*offset && !*tail) place.offset = 0;
  const auto reached =
      *lines ? printLines(context, name, std::min(**lines, kMostLines)) : printFrom(context, name, place);
  if (!reached) return context.fail(fmt::format("cannot read the log of \"{}\"", name), reached.error());
  const bool goOn = arguments.has("follow") && !context.out().isClosed();
  return goOn ? follow(context, name, *reached) : ExitCode::Ok;
}

}  // namespace

const Command& logsCommand() {
  static constexpr Command kCommand{
      .name = "logs",
      .group = "Console",
      .summary = "print what a VM wrote to its console",
      .operands = "NAME",
      .leastOperands = 1,
      .mostOperands = 1,
      .description =
          "Prints the console's log as the guest wrote it, byte by byte; the log is kept over restarts of the VM and "
          "the daemon, "
          "up to the size that the definition's console member sets.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
