#include "client/cli/console/detach_keys.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include <fmt/format.h>

namespace microvm::cli {
namespace {

constexpr std::size_t kMostKeys = 8;

// ^@ to ^_ in ASCII's order; ^? is delete.
std::optional<char> controlKey(char key) {
  const auto upper = static_cast<char>(std::toupper(static_cast<unsigned char>(key)));
  if (upper >= '@' && upper <= '_') return static_cast<char>(upper - '@');
  if (upper == '?') return '\x7f';
  return std::nullopt;
}

std::optional<std::string> fromCaret(std::string_view text) {
  std::string keys;
  while (!text.empty()) {
    if (text.front() != '^') {
      keys += text.front();
      text.remove_prefix(1);
      continue;
    }
    const auto key = text.size() > 1 ? controlKey(text[1]) : std::nullopt;
    if (!key) return std::nullopt;
    keys += *key;
    text.remove_prefix(2);
  }
  return keys;
}

std::optional<std::string> fromNames(std::string_view text) {
  std::string keys;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    const auto name = text.substr(0, end);
    if (name.size() == 6 && name.starts_with("ctrl-")) {
      const auto key = controlKey(name[5]);
      if (!key) return std::nullopt;
      keys += *key;
    } else if (name.size() == 1) {
      keys += name;
    } else {
      return std::nullopt;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return keys;
}

}  // namespace

Result<DetachKeys> DetachKeys::parse(std::string_view text) {
  DetachKeys keys;
  keys.text_ = text;
  if (text == "none") return keys;
  const auto sequence = text.find("ctrl-") == std::string_view::npos ? fromCaret(text) : fromNames(text);
  if (!sequence || sequence->empty() || sequence->size() > kMostKeys) {
    return Error{Errc::Usage,
                 fmt::format("\"{}\" is not a sequence of keys", text),
                 "write it as ^], ^P^Q, ctrl-p,ctrl-q or none",
                 {}};
  }
  keys.sequence_ = *sequence;
  return keys;
}

DetachKeys::Typed DetachKeys::feed(std::string_view bytes) {
  Typed typed;
  if (sequence_.empty()) {
    typed.input = bytes;
    return typed;
  }
  for (const char byte : bytes) {
    if (byte == sequence_[matched_]) {
      if (++matched_ < sequence_.size()) continue;
      typed.detached = true;
      matched_ = 0;
      return typed;
    }
    typed.input.append(sequence_, 0, matched_);
    matched_ = byte == sequence_[0] ? 1 : 0;
    if (matched_ == 0) typed.input += byte;
  }
  return typed;
}

}  // namespace microvm::cli
