#include "client/cli/commands/console/log_lines.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

constexpr std::size_t kLongestLine = 64 * 1024;

}  // namespace

LogTimes::LogTimes(const nlohmann::ordered_json& status) {
  for (const auto& each : status.value("marks", nlohmann::ordered_json::array())) {
    const auto at = parseTimestamp(textAt(each, "/at"));
    if (at) marks_.push_back({each.value("offset", std::uint64_t{0}), *at});
  }
}

std::optional<Timestamp> LogTimes::at(std::uint64_t offset) const {
  const auto beyond = std::upper_bound(marks_.begin(), marks_.end(), offset,
                                       [](std::uint64_t value, const Mark& mark) { return value < mark.offset; });
  if (beyond == marks_.begin()) return std::nullopt;
  return (beyond - 1)->at;
}

void LogLines::feed(std::uint64_t offset, std::string_view bytes) {
  if (!grep_ && !times_) return out_.write(bytes);
  while (!bytes.empty()) {
    if (line_.empty()) lineOffset_ = offset;
    const auto end = std::min(bytes.find('\n'), kLongestLine);
    const auto part = bytes.substr(0, end == std::string_view::npos ? end : end + 1);
    line_ += part;
    offset += part.size();
    bytes.remove_prefix(part.size());
    if (line_.ends_with('\n') || line_.size() > kLongestLine) finish();
  }
}

void LogLines::finish() {
  if (!line_.empty()) print(line_);
  line_.clear();
}

void LogLines::print(std::string_view line) {
  if (grep_) {
    grep_->clear();
    if (!grep_->feed(line)) return;
  }
  if (times_) {
    const auto time = isLive_ ? std::optional(now()) : times_->at(lineOffset_);
    // As wide as any other, where the time is not known any more.
    out_.write((time ? formatTimestamp(*time) : std::string(formatTimestamp(Timestamp()).size(), '-')) + " ");
  }
  out_.write(line);
}

}  // namespace microvm::cli
