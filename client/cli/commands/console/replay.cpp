#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/commands/console/console_commands.hpp"
#include "client/cli/commands/console/follow.hpp"
#include "client/cli/commands/console/log_lines.hpp"
#include "client/cli/console/recording.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {
namespace {

constexpr std::array kOptions{
    Option{"--speed", "N", "so many times faster; 0.5 is half as fast (default 1)"},
    Option{"--max-pause", "TIME", "make longer pauses this long (default 2s)"},
    Option{"--boot", "N", "of a VM's log: 0 the newest boot (the default), -1 the one before, N the Nth"},
};

constexpr std::array kExamples{
    Example{"microvmctl replay session.cast", "a recording of console --record, at its speed"},
    Example{"microvmctl replay --speed 4 web", "the newest boot of a VM, four times as fast"},
};

constexpr double kFastest = 1000;

/// Lets the time between two events pass.
class Pace {
public:
  Pace(double speed, Milliseconds longest) : speed_(speed), longest_(longest) {}

  void awaitEvent(Milliseconds at) {
    const auto pause = std::clamp(at - std::exchange(last_, std::max(last_, at)), Milliseconds(0), longest_);
    std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(static_cast<double>(pause.count()) / speed_));
  }
  /// The first event comes at once.
  void begin(Milliseconds at) { last_ = at; }

private:
  double speed_;
  Milliseconds longest_;
  Milliseconds last_{0};
};

Result<Pace> paceOf(const Arguments& arguments) {
  const auto longest = arguments.duration("max-pause");
  if (!longest) return longest.error();
  const auto text = arguments.text("speed").value_or("1");
  char* end = nullptr;
  const double speed = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(speed > 0) || speed > kFastest) {
    return Error{Errc::Usage, fmt::format("--speed: \"{}\" is no number between 0 and 1000", text), {}, {}};
  }
  return Pace(speed, longest->value_or(Milliseconds(2000)));
}

Result<void> playFile(Context& context, const std::string& path, Pace pace) {
  errno = 0;
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) {
    // A folder can be opened, and only reading it fails.
    const auto detail = errno == 0 ? path + " is empty" : systemError(path + " cannot be read", errno).detail;
    return Error{Errc::Invalid, detail, {}, {}};
  }
  if (auto head = checkRecordingHead(line); !head) {
    return Error{Errc::Invalid, path + ": " + head.error().detail, "record one: microvmctl console --record FILE", {}};
  }
  for (int number = 2; std::getline(file, line) && !context.out().isClosed(); ++number) {
    if (line.empty()) continue;
    auto event = parseRecordedEvent(line);
    if (!event) return Error{Errc::Invalid, fmt::format("{}, line {}: {}", path, number, event.error().detail), {}, {}};
    if (!*event) continue;
    pace.awaitEvent((*event)->at);
    context.out().write((*event)->output);
  }
  return {};
}

/// Each stretch between two marks at the time of its mark.
Result<void> playLog(Context& context, const std::string& vm, std::int64_t boot, Pace pace) {
  const auto status = context.client().getConsoleStatus(vm, client::Client::Marks::Given);
  if (!status) return status.error();
  const LogTimes times(*status);
  const auto& marks = times.marks();
  bool hasBegun = false;
  const auto sink = [&](std::uint64_t offset, std::string_view bytes) {
    while (!bytes.empty() && !context.out().isClosed()) {
      const auto next =
          std::find_if(marks.begin(), marks.end(), [&](const auto& mark) { return mark.offset > offset; });
      const auto stretch =
          next == marks.end() ? bytes : bytes.substr(0, static_cast<std::size_t>(next->offset - offset));
      const auto at = times.at(offset).value_or(Timestamp()).time_since_epoch();
      if (!std::exchange(hasBegun, true)) pace.begin(at);
      pace.awaitEvent(at);
      context.out().write(stretch);
      offset += stretch.size();
      bytes.remove_prefix(stretch.size());
    }
    return context.out().isClosed() ? client::Next::Enough : client::Next::More;
  };
  client::ConsolePlace place;
  place.boot = boot;
  auto played = readLog(context.client(), vm, place, sink);
  if (!played) return std::move(played).error();
  return {};
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto pace = paceOf(arguments);
  if (!pace) return context.fail("", pace.error());
  const auto& what = arguments.operands().front();
  const auto text = arguments.text("boot").value_or("0");
  std::int64_t boot = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), boot);
  if (error != std::errc() || end != text.data() + text.size()) {
    return context.fail("", Error{Errc::Usage, fmt::format("--boot: \"{}\" is not a whole number", text), {}, {}});
  }
  // A VM's name has neither a slash nor a dot, so a file can always be named; and one that is there is meant.
  struct stat info {};
  const bool isFile = what.find_first_of("/.") != std::string::npos || ::stat(what.c_str(), &info) == 0;
  const auto played = isFile ? playFile(context, what, *pace) : playLog(context, what, boot, *pace);
  return played ? ExitCode::Ok : context.fail(fmt::format("cannot replay \"{}\"", what), played.error());
}

}  // namespace

const Command& replayCommand() {
  static constexpr Command kCommand{
      .name = "replay",
      .group = "Console",
      .summary = "play a recording, or a VM's console log, at its speed",
      .operands = "FILE|NAME",
      .leastOperands = 1,
      .mostOperands = 1,
      .description =
          "Plays an asciicast of version 2, which console --record writes, or the log of a VM by the times at which it "
          "was written. A "
          "word with a slash or a dot, or one that a file here has as its name, is a file; any other is a VM.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
