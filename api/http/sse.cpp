#include "api/http/sse.hpp"

#include <algorithm>
#include <utility>

namespace microvm::http {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

void appendLine(std::string& out, std::string_view field, std::string_view value) {
  out.append(field).append(": ");
  for (const char c : value)
    out.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
  out.push_back('\n');
}

Error tooLarge(std::size_t cap) {
  return {Errc::TooLarge, "an event of the stream is larger than " + std::to_string(cap) + " bytes", {}, {}};
}

}  // namespace

std::string serializeEvent(const ServerSentEvent& event) {
  std::string out;
  out.reserve(event.data.size() + 64);
  if (!event.id.empty()) appendLine(out, "id", event.id);
  if (!event.name.empty()) appendLine(out, "event", event.name);
  std::string_view rest = event.data;
  while (true) {
    const auto end = std::min(rest.find('\n'), rest.size());
    appendLine(out, "data", rest.substr(0, end));
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  out.push_back('\n');
  return out;
}

std::string serializeHeartbeat(std::string_view id) {
  std::string out = ": heartbeat\n";
  if (!id.empty()) appendLine(out, "id", id);
  out.push_back('\n');
  return out;
}

std::string serializeRetry(std::uint64_t milliseconds) {
  return "retry: " + std::to_string(milliseconds) + "\n\n";
}

Result<std::optional<ServerSentEvent>> SseDecoder::next() {
  std::string line;
  while (true) {
    auto taken = takeLine(line);
    if (!taken) return std::move(taken).error();
    if (!*taken) return std::optional<ServerSentEvent>();
    if (!line.empty()) {
      takeField(line);
      if (data_.size() > cap_) return tooLarge(cap_);
      continue;
    }
    ServerSentEvent event{lastId_, std::exchange(name_, {}), std::exchange(data_, {})};
    if (std::exchange(hasData_, false)) return std::optional<ServerSentEvent>(std::move(event));
  }
}

/// A line without its end, which is CR, LF or both.
Result<bool> SseDecoder::takeLine(std::string& line) {
  if (!started_) {
    const auto known = std::min(input_.size(), kByteOrderMark.size());
    if (known < kByteOrderMark.size() && kByteOrderMark.starts_with(input_)) return false;
    if (input_.starts_with(kByteOrderMark)) input_.erase(0, kByteOrderMark.size());
    started_ = true;
  }
  if (afterCr_ && !input_.empty()) {
    if (input_.front() == '\n') input_.erase(0, 1);
    afterCr_ = false;
  }
  const auto end = input_.find_first_of("\r\n", searched_);
  if (end == std::string::npos) {
    searched_ = input_.size();
    if (input_.size() > cap_) return tooLarge(cap_);
    return false;
  }
  line.assign(input_, 0, end);
  afterCr_ = input_[end] == '\r';
  input_.erase(0, end + 1);
  searched_ = 0;
  return true;
}

void SseDecoder::takeField(std::string_view line) {
  const auto colon = std::min(line.find(':'), line.size());
  const auto field = line.substr(0, colon);
  auto value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    if (std::exchange(hasData_, true)) data_.push_back('\n');
    data_.append(value);
  } else if (field == "event") {
    name_ = value;
  } else if (field == "id" && value.find('\0') == std::string_view::npos) {
    lastId_ = value;
  }
}

}  // namespace microvm::http
