#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/commands/console/console_commands.hpp"
#include "client/cli/commands/console/follow.hpp"
#include "client/cli/commands/console/log_lines.hpp"
#include "client/cli/commands/console/log_sources.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {
namespace {

constexpr std::array kOptions{
    Option{"-f,--follow", "", "go on as the guest writes, until the VM stops", Takes::Nothing},
    Option{"-n,--lines", "N", "only the last N lines"},
    Option{"--since", "TIME", "from what was written then on: 5m (ago) or 2026-11-23T10:40:52Z"},
    Option{"--until", "TIME", "up to what was written then"},
    Option{"--timestamps", "", "a time in front of each line", Takes::Nothing},
    Option{"--previous", "", "of the boot before the newest; the same as --boot -1", Takes::Nothing},
    Option{"--boot", "N", "only of this boot: 0 the newest, -1 the one before, N the Nth of the VM's life"},
    Option{"--grep", "REGEX", "only lines that match; escape sequences do not count"},
    Option{"--source", "SOURCE",
           "{} (default console): runner is its standard error, daemon what it did to the VM. These two take --lines "
           "and --grep, daemon --since and --until too",
           Takes::OneValue, "console,runner,daemon"},
    Option{"--tail", "BYTES", "only so many of the newest bytes"},
    Option{"--offset", "N", "from this byte of the log on"},
};

constexpr std::array kExamples{
    Example{"microvmctl logs -n 20 web", "its last 20 lines"},
    Example{"microvmctl logs -f web", "everything kept, and then what comes"},
    Example{"microvmctl logs --since 5m --timestamps web", "what it wrote in the last five minutes, and when"},
    Example{"microvmctl logs --previous --grep '[Ee]rror' web", "what went wrong in the boot before"},
    Example{"microvmctl logs --source runner web", "what vfkit or vfkit-qemu had to say"},
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

// What is asked of the console's log.
struct Wanted {
  std::string vm;
  client::ConsolePlace place;
  std::optional<std::uint64_t> lines;
  bool follow = false;
};

// Prints the last lines and returns the offset behind them.
Result<std::uint64_t> printLines(Context& context, const Wanted& wanted, LogLines& print) {
  const auto lines = std::min(*wanted.lines, kMostLines);
  for (std::uint64_t tail = lines * kLineGuess;; tail *= kRoundFactor) {
    std::string text;
    std::uint64_t begin = 0;
    const auto sink = [&](std::uint64_t offset, std::string_view bytes) {
      if (text.empty()) begin = offset;
      text += bytes;
      return client::Next::More;
    };
    auto place = wanted.place;
    place.tail = tail;
    auto bounds = readLog(context.client(), wanted.vm, place, sink);
    if (!bounds) return std::move(bounds).error();
    const auto cut = lines == 0 ? text.size() : lastLines(text, lines);
    // All of a boot may be less than the log has; a tail that was not used up is all there is.
    if (lines != 0 && cut == 0 && bounds->offset > bounds->start && text.size() >= tail) continue;
    print.feed(begin + cut, std::string_view(text).substr(cut));
    return std::max(bounds->offset, begin + text.size());
  }
}

Result<std::uint64_t> printFrom(Context& context, const Wanted& wanted, LogLines& print) {
  std::uint64_t reached = 0;
  const auto sink = [&](std::uint64_t offset, std::string_view bytes) {
    print.feed(offset, bytes);
    reached = offset + bytes.size();
    return context.out().isClosed() ? client::Next::Enough : client::Next::More;
  };
  auto bounds = readLog(context.client(), wanted.vm, wanted.place, sink);
  if (!bounds) return std::move(bounds).error();
  if (const auto asked = wanted.place.offset; asked && bounds->offset > *asked)
    context.note(fmt::format("{} bytes of output are no longer kept", bounds->offset - *asked));
  return std::max(reached, bounds->offset);
}

Result<void> follow(Context& context, const std::string& vm, std::uint64_t offset, LogLines& print) {
  const auto sink = [&](std::uint64_t at, std::string_view bytes) {
    print.feed(at, bytes);
    return context.out().isClosed() ? client::Next::Enough : client::Next::More;
  };
  print.goLive();
  return followLog(context, vm, offset, sink, {});
}

ExitCode printConsole(Context& context, const Arguments& arguments, const Wanted& wanted, std::optional<Pattern> grep) {
  const auto what = fmt::format("cannot read the log of \"{}\"", wanted.vm);
  std::optional<LogTimes> times;
  if (arguments.has("timestamps")) {
    const auto status = context.client().getConsoleStatus(wanted.vm, client::Client::Marks::Given);
    if (!status) return context.fail(what, status.error());
    times = LogTimes(*status);
  }
  LogLines print(context.out(), std::move(grep), std::move(times));
  const auto reached = wanted.lines ? printLines(context, wanted, print) : printFrom(context, wanted, print);
  if (!reached) return context.fail(what, reached.error());
  if (wanted.follow && !context.out().isClosed()) {
    if (const auto followed = follow(context, wanted.vm, *reached, print); !followed) {
      return context.fail(fmt::format("cannot follow the log of \"{}\"", wanted.vm), followed.error());
    }
  }
  print.finish();
  return ExitCode::Ok;
}

Result<std::optional<std::int64_t>> bootOf(const Arguments& arguments) {
  const auto text = arguments.text("boot");
  if (arguments.has("previous") && text)
    return Error{Errc::Usage, "--previous is --boot -1, so it does not go with another --boot", {}, {}};
  if (arguments.has("previous")) return std::optional<std::int64_t>(-1);
  if (!text) return std::optional<std::int64_t>();
  std::int64_t boot = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), boot);
  if (error == std::errc() && end == text->data() + text->size()) return std::optional(boot);
  return Error{Errc::Usage, fmt::format("--boot: \"{}\" is not a whole number", *text), {}, {}};
}

Result<Wanted> readWanted(const Arguments& arguments) {
  Wanted wanted;
  wanted.vm = arguments.operands().front();
  wanted.follow = arguments.has("follow");
  const auto lines = arguments.number("lines");
  const auto tail = arguments.number("tail");
  const auto offset = arguments.number("offset");
  for (const auto* each : {&lines, &tail, &offset}) {
    if (!*each) return each->error();
  }
  const auto since = arguments.time("since");
  const auto until = arguments.time("until");
  for (const auto* each : {&since, &until}) {
    if (!*each) return each->error();
  }
  auto boot = bootOf(arguments);
  if (!boot) return std::move(boot).error();
  wanted.lines = *lines;
  wanted.place = {.offset = *offset, .tail = *tail, .since = *since, .until = *until, .boot = *boot};
  if (int(lines->has_value()) + int(tail->has_value()) + int(offset->has_value()) + int(since->has_value()) > 1) {
    return Error{Errc::Usage, "--lines, --tail, --offset and --since exclude each other", {}, {}};
  }
  if (wanted.follow && (*until || boot->value_or(0) != 0)) {
    return Error{Errc::Usage, "--follow goes on with what comes, so --until, --previous and --boot do not fit", {}, {}};
  }
  // Without a place the API begins at the log's oldest byte.
  return wanted;
}

ExitCode run(Context& context, const Arguments& arguments) {
  std::optional<Pattern> grep;
  if (const auto expression = arguments.text("grep")) {
    auto compiled = Pattern::compile("--grep", *expression);
    if (!compiled) return context.fail("", compiled.error());
    grep = std::move(*compiled);
  }
  const auto wanted = readWanted(arguments);
  if (!wanted) return context.fail("", wanted.error());
  const auto source = arguments.text("source").value_or("console");
  if (source == "console") return printConsole(context, arguments, *wanted, std::move(grep));
  const LogSourceQuery query{wanted->vm, wanted->lines, wanted->place.since, wanted->place.until};
  return printOtherSource(context, arguments, query, std::move(grep));
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
          "up to the size that the definition's console member sets. Times are those of marks that are at least 100 ms "
          "apart, and coarser "
          "for what is old.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
