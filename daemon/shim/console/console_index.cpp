#include "daemon/shim/console/console_index.hpp"

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include "api/core/file.hpp"

namespace microvm::shim {
namespace {

constexpr Milliseconds kSpacing{100};
constexpr std::size_t kFileBytes = 1024 * 1024;
constexpr std::size_t kMostLines = 2 * (ConsoleIndex::kMostTimes + ConsoleIndex::kMostBoots);

std::optional<std::uint64_t> takeNumber(std::string_view& line) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (error != std::errc{}) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  if (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  return value;
}

Timestamp timeOf(std::uint64_t milliseconds) {
  return Timestamp(Milliseconds(static_cast<std::int64_t>(milliseconds)));
}

std::string textOf(std::uint64_t offset, Timestamp at) {
  return std::to_string(offset) + " " + std::to_string(at.time_since_epoch().count()) + "\n";
}

std::string lineOf(const TimeMark& mark) {
  return "time " + textOf(mark.offset, mark.at);
}

std::string lineOf(const BootMark& mark) {
  return "boot " + std::to_string(mark.number) + " " + textOf(mark.offset, mark.at);
}

std::string endLine(std::uint64_t offset) {
  return "end " + std::to_string(offset) + "\n";
}

void takeLine(std::string_view line, ConsoleIndex::Content& content) {
  if (line.substr(0, 4) == "end ") {
    line.remove_prefix(4);
    const auto offset = takeNumber(line);
    if (offset && line.empty()) content.end = std::max(content.end, *offset);
    return;
  }
  const auto kind = line.substr(0, 5);
  if (kind != "boot " && kind != "time ") return;
  line.remove_prefix(kind.size());
  const auto number = kind == "boot " ? takeNumber(line) : 0;
  const auto offset = takeNumber(line);
  const auto at = takeNumber(line);
  if (!number || !offset || !at || !line.empty()) return;
  if (kind == "boot ") {
    content.boots.push_back({*number, *offset, timeOf(*at)});
  } else if (content.times.empty() || content.times.back().offset < *offset) {
    content.times.push_back({*offset, timeOf(*at)});
  }
}

/// Forgets the marks before `start`, but for the one in whose span it lies.
template <class Mark>
void forget(std::vector<Mark>& marks, std::uint64_t start) {
  const auto beyond = std::find_if(marks.begin(), marks.end(), [&](const Mark& mark) { return mark.offset > start; });
  if (beyond - marks.begin() > 1) marks.erase(marks.begin(), beyond - 1);
}

}  // namespace

std::uint64_t ConsoleIndex::Content::furthest() const {
  std::uint64_t offset = end;
  if (!boots.empty()) offset = std::max(offset, boots.back().offset);
  if (!times.empty()) offset = std::max(offset, times.back().offset);
  return offset;
}

ConsoleIndex::Content ConsoleIndex::parse(std::string_view text) {
  Content content;
  while (true) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return content;
    takeLine(text.substr(0, end), content);
    text.remove_prefix(end + 1);
  }
}

ConsoleIndex ConsoleIndex::open(std::string path) {
  ConsoleIndex index(std::move(path));
  if (const auto text = readFile(index.path_, kFileBytes)) index.content_ = parse(*text);
  return index;
}

void ConsoleIndex::boot(std::uint64_t offset, Timestamp at) {
  const auto number = content_.boots.empty() ? 1 : content_.boots.back().number + 1;
  content_.boots.push_back({number, offset, at});
  if (content_.boots.size() > kMostBoots) content_.boots.erase(content_.boots.begin());
  lastAt_ = {};
  append(lineOf(content_.boots.back()));
}

void ConsoleIndex::wrote(std::uint64_t offset, Timestamp at) {
  if (at >= lastAt_ && at - lastAt_ < kSpacing) return;
  if (!content_.times.empty() && content_.times.back().offset >= offset) return;
  lastAt_ = at;
  content_.times.push_back({offset, at});
  if (content_.times.size() > kMostTimes) {
    thin();
    return rewrite();
  }
  append(lineOf(content_.times.back()));
}

void ConsoleIndex::ended(std::uint64_t offset) {
  if (offset <= content_.end) return;
  content_.end = offset;
  append(endLine(offset));
}

void ConsoleIndex::trim(std::uint64_t start) {
  forget(content_.times, start);
  forget(content_.boots, start);
}

/// Merges older neighbours, the nearest in time first. A pair keeps the first offset and the later time: whoever asks
/// for what was written since a time gets a little more, never less.
void ConsoleIndex::thin() {
  auto& times = content_.times;
  for (Milliseconds span(1000); times.size() > kMostTimes * 3 / 4; span *= 2) {
    const auto recent = times.size() - kMostTimes / 4;
    std::vector<TimeMark> kept;
    for (std::size_t i = 0; i < times.size(); ++i) {
      kept.push_back(times[i]);
      if (i + 1 >= recent || times[i + 1].at - times[i].at > span) continue;
      kept.back().at = times[++i].at;
    }
    times = std::move(kept);
  }
}

bool ConsoleIndex::isFileThere() const {
  struct stat info {};
  return file_ && ::fstat(file_.get(), &info) == 0 && info.st_nlink > 0;
}

void ConsoleIndex::append(const std::string& line) {
  if (!isFileThere() || lines_ >= kMostLines) return rewrite();
  // A line that is torn by a full disk is made whole by writing all of them again.
  if (::write(file_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) file_.reset();
  ++lines_;
}

void ConsoleIndex::rewrite() {
  file_.reset();
  std::string text;
  for (const auto& mark : content_.boots)
    text += lineOf(mark);
  for (const auto& mark : content_.times)
    text += lineOf(mark);
  if (content_.end != 0) text += endLine(content_.end);
  if (!replaceFile(path_, text)) return;
  file_.reset(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
  lines_ = content_.boots.size() + content_.times.size() + 1;
}

}  // namespace microvm::shim
