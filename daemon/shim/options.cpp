#include "daemon/shim/options.hpp"

#include <charconv>
#include <functional>
#include <utility>

#include "api/core/size.hpp"

namespace microvm::shim {
namespace {

Error wrong(const std::string& text) {
  return Error{Errc::Usage, text, "microvm-shim --help", {}};
}

std::optional<std::uint64_t> number(const std::string& text, std::uint64_t lowest, std::uint64_t highest) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < lowest || value > highest)
    return std::nullopt;
  return value;
}

bool setFolder(std::string& folder, const std::string& value) {
  folder = value;
  return !value.empty() && value.front() == '/';
}

bool setTerminal(TerminalKind& kind, const std::string& value) {
  if (value == "named") kind = TerminalKind::Named;
  if (value == "stdio") kind = TerminalKind::Stdio;
  if (value == "none") kind = TerminalKind::None;
  return value == "named" || value == "stdio" || value == "none";
}

/// Whether the option exists and its value is good.
bool set(Options& options, const std::string& name, const std::string& value) {
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 40;
  constexpr std::uint64_t kDay = 86'400;
  if (name == "--vm") return options.vmId = value, !value.empty();
  if (name == "--run-folder") return setFolder(options.runFolder, value);
  if (name == "--state-folder") return setFolder(options.stateFolder, value);
  if (name == "--on-term") return options.leavesAtTerm = value == "leave", value == "stop" || value == "leave";
  if (name == "--terminal") return setTerminal(options.terminal, value);
  std::optional<std::uint64_t> parsed;
  if (name == "--console-size") {
    parsed = number(value, 4 * kKiB, kLargest);
    options.consoleSize = parsed.value_or(0);
  } else if (name == "--console-keep") {
    parsed = number(value, 1, 1'000'000);
    options.consoleKeep = static_cast<unsigned>(parsed.value_or(1));
  } else if (name == "--stop-timeout") {
    parsed = number(value, 0, kDay);
    options.stopTimeout = std::chrono::seconds(parsed.value_or(0));
  } else if (name == "--ready-fd") {
    parsed = number(value, 0, 1'000'000);
    options.readyFd = static_cast<int>(parsed.value_or(0));
  }
  return parsed.has_value();
}

/// --helper FD COUNT WORD...: takes the words, and tells how many they were; nothing when they are no helper.
std::optional<std::size_t> takeHelper(Options& options, const std::vector<std::string>& words, std::size_t at) {
  if (at + 2 >= words.size()) return std::nullopt;
  const auto fd = number(words[at + 1], 3, 1023);
  const auto count = number(words[at + 2], 1, words.size() - at - 3);
  if (!fd || !count || words[at + 3].empty() || words[at + 3].front() != '/') return std::nullopt;
  const auto first = words.begin() + static_cast<std::ptrdiff_t>(at) + 3;
  options.helpers.push_back({static_cast<int>(*fd), {first, first + static_cast<std::ptrdiff_t>(*count)}});
  return 3 + static_cast<std::size_t>(*count);
}

}  // namespace

Result<Options> parseOptions(const std::vector<std::string>& words) {
  Options options;
  std::size_t at = 0;
  while (at < words.size() && words[at] != "--") {
    const auto& name = words[at];
    if (name == "--helper") {
      const auto taken = takeHelper(options, words, at);
      if (!taken)
        return wrong("--helper is not followed by a descriptor, a number of words, and the words of a program");
      at += *taken;
      continue;
    }
    if (at + 1 >= words.size()) return wrong(name + " has no value or is no option");
    if (!set(options, name, words[at + 1])) return wrong(name + " " + words[at + 1] + " is not a usable option");
    at += 2;
  }
  if (at < words.size()) options.runner.assign(words.begin() + static_cast<std::ptrdiff_t>(at) + 1, words.end());
  if (options.vmId.empty()) return wrong("--vm is missing");
  if (options.runFolder.empty()) return wrong("--run-folder is missing");
  if (options.stateFolder.empty()) return wrong("--state-folder is missing");
  if (options.runner.empty()) return wrong("the runner's command line is missing");
  if (options.runner.front().empty() || options.runner.front().front() != '/') {
    return wrong("the runner's path is not absolute: '" + options.runner.front() + "'");
  }
  return options;
}

std::string usage() {
  return "usage: microvm-shim --vm ID --run-folder FOLDER --state-folder FOLDER [--console-size BYTES]\n"
         "                    [--console-keep SEGMENTS] [--stop-timeout SECONDS] [--on-term stop|leave]\n"
         "                    [--terminal named|stdio|none] [--helper FD COUNT WORD...] [--ready-fd FD]\n"
         "                    -- RUNNER ARGUMENTS...\n"
         "\n"
         "Holds one virtual machine: its lock, its runner, its console log and a control socket.\n"
         "microvmd starts it; the protocol is described in docs/shim-protocol.md.\n";
}

}  // namespace microvm::shim
