#include "tests/support/survival/console_lines.hpp"

#include <charconv>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace microvm::test {
namespace {

constexpr std::string_view kBegin = "line ";
constexpr std::string_view kEnd = " .";

struct Line {
  std::string mark;
  std::uint64_t number = 0;
};

/// "line <mark> <number> .", with whatever a terminal puts behind it.
std::optional<Line> parse(std::string_view text) {
  while (!text.empty() && text.back() == '\r')
    text.remove_suffix(1);
  const auto begin = text.find(kBegin);
  if (begin == std::string_view::npos || !text.ends_with(kEnd)) return std::nullopt;
  text = text.substr(begin + kBegin.size());
  text.remove_suffix(kEnd.size());
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  Line line{std::string(text.substr(0, space)), 0};
  const auto number = text.substr(space + 1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), line.number);
  if (error != std::errc{} || end != number.data() + number.size()) return std::nullopt;
  return line;
}

}  // namespace

ConsoleLines readLines(std::string_view log) {
  ConsoleLines found;
  while (!log.empty()) {
    const auto end = log.find('\n');
    if (end == std::string_view::npos) break;
    const auto line = parse(log.substr(0, end));
    log.remove_prefix(end + 1);
    if (!line) continue;
    auto& next = found.runs[line->mark];
    if (line->number != next) {
      found.problems.push_back(fmt::format("line {} of run {} follows {} lines", line->number, line->mark, next));
    }
    next = line->number + 1;
  }
  return found;
}

}  // namespace microvm::test
