#include "api/console/pattern.hpp"

#include <array>
#include <regex.h>

#include <fmt/format.h>

#include "api/core/text.hpp"

namespace microvm {
namespace {

constexpr std::size_t kLongestLine = 4096;
constexpr char kEscape = '\x1b';
constexpr char kBell = '\x07';

}  // namespace

struct Pattern::Compiled {
  regex_t expression{};
  bool ready = false;

  Compiled() = default;
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() {
    if (ready) ::regfree(&expression);
  }
};

Result<Pattern> Pattern::compile(std::string_view option, const std::string& expression) {
  auto compiled = std::make_unique<Compiled>();
  const int code = ::regcomp(&compiled->expression, expression.c_str(), REG_EXTENDED | REG_NOSUB);
  if (code != 0) {
    std::array<char, 128> reason{};
    ::regerror(code, &compiled->expression, reason.data(), reason.size());
    return Error{Errc::Usage,
                 fmt::format("{}: {} is not a regular expression: {}", option, inQuotes(expression), reason.data()),
                 R"(write \ before a character such as [ or ( that stands for itself)",
                 {}};
  }
  compiled->ready = true;
  return Pattern(std::move(compiled));
}

Pattern::Pattern(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

void Pattern::clear() {
  line_.clear();
  escape_ = Escape::None;
}

bool Pattern::feed(std::string_view bytes) {
  for (const char byte : bytes) {
    if (byte == '\n' && escape_ == Escape::None) {
      if (matches()) return true;
      line_.clear();
    } else {
      take(byte);
    }
  }
  return !line_.empty() && matches();
}

// Drops CSI ... final byte, OSC ... BEL or ST, ESC and one byte; keeps the rest.
void Pattern::take(char byte) {
  switch (escape_) {
    case Escape::None:
      if (byte == kEscape) {
        escape_ = Escape::Started;
      } else if (byte != '\r' && byte != '\0') {
        if (line_.size() == kLongestLine) line_.erase(0, kLongestLine / 2);
        line_ += byte;
      }
      break;
    case Escape::Started:
      escape_ = byte == '[' ? Escape::Sequence : Escape::None;
      if (byte == ']' || byte == 'P' || byte == '_') escape_ = Escape::String;
      break;
    case Escape::Sequence:
      if (byte >= '@' && byte <= '~') escape_ = Escape::None;
      break;
    case Escape::String:
      if (byte == kBell || byte == '\n') escape_ = Escape::None;
      if (byte == kEscape) escape_ = Escape::StringEnd;
      break;
    case Escape::StringEnd:
      escape_ = Escape::None;
      break;
  }
}

bool Pattern::matches() const {
  return ::regexec(&compiled_->expression, line_.c_str(), 0, nullptr, 0) == 0;
}

}  // namespace microvm
