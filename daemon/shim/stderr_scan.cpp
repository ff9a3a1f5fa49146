#include "daemon/shim/stderr_scan.hpp"

#include "api/core/text.hpp"

namespace microvm::shim {
namespace {

constexpr std::size_t kLineBytes = 4096;
constexpr std::string_view kTerminalMark = "pty path: ";
constexpr std::string_view kErrorMark = "Error: ";
constexpr std::string_view kMessageMark = " msg=\"";

/// The msg="..." of a logrus line, unescaped; any other line as it is.
std::string messageOf(const std::string& text) {
  const auto mark = text.find(kMessageMark);
  if (mark == std::string::npos || text.find("level=") == std::string::npos) return text;
  std::string out;
  for (std::size_t i = mark + kMessageMark.size(); i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out.push_back(text[i]);
  }
  return out;
}

}  // namespace

void StderrScan::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end);
    if (partial_.size() < kLineBytes) partial_.append(part.substr(0, kLineBytes - partial_.size()));
    if (end == std::string_view::npos) return;
    line(partial_);
    partial_.clear();
    bytes.remove_prefix(end + 1);
  }
}

void StderrScan::line(std::string_view text) {
  const auto content = trimmed(text, " \t\r");
  if (content.empty()) return;
  // An indented line continues a longer text; its first line is the better summary.
  if (text.front() != ' ' && text.front() != '\t' && content != "}") last_ = content;
  if (content.substr(0, kErrorMark.size()) == kErrorMark) error_ = content.substr(kErrorMark.size());
  const auto mark = content.find(kTerminalMark);
  if (mark == std::string_view::npos || !terminal_.empty()) return;
  const auto path = content.substr(mark + kTerminalMark.size());
  const auto name = path.substr(0, path.find_first_of(")\" \t"));
  if (!name.empty() && name.front() == '/') terminal_ = name;
}

std::string StderrScan::lastError() const {
  StderrScan whole = *this;
  if (!whole.partial_.empty()) whole.append("\n");
  auto text = messageOf(whole.last_);
  if (text.substr(0, kErrorMark.size()) == kErrorMark) text.erase(0, kErrorMark.size());
  return text.empty() ? whole.error_ : text;
}

}  // namespace microvm::shim
