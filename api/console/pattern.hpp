// A regular expression looked for in console output.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "api/core/result.hpp"

namespace microvm {

/// Reads output piece by piece and matches line by line, an unfinished last line (a prompt) included. Escape sequences
/// and carriage returns are not part of a line; of a line over 4 KiB the newest 4 KiB are.
class Pattern {
public:
  /// POSIX extended syntax. Errc::Usage says what is wrong with it, and which option has it.
  static Result<Pattern> compile(std::string_view option, const std::string& expression);
  ~Pattern();
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;

  /// True as soon as a line matches; lines beyond it are not looked at.
  bool feed(std::string_view bytes);
  /// Forgets what came so far.
  void clear();
  /// The line that matched, as text.
  [[nodiscard]] const std::string& line() const { return line_; }

private:
  struct Compiled;
  explicit Pattern(std::unique_ptr<Compiled> compiled);
  void take(char byte);
  [[nodiscard]] bool matches() const;

  enum class Escape { None, Started, Sequence, String, StringEnd };

  std::unique_ptr<Compiled> compiled_;
  std::string line_;
  Escape escape_ = Escape::None;
};

}  // namespace microvm
