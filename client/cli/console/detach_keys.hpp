// The keys that leave a console.
#pragma once
#include <string>
#include <string_view>

#include "api/core/result.hpp"

namespace microvm::cli {

/// Looks for one sequence of keys in what is typed.
class DetachKeys {
public:
  /// "^]", "^P^Q", "ctrl-p,ctrl-q", "~." or "none". At most eight keys; Errc::Usage for anything else.
  static Result<DetachKeys> parse(std::string_view text);

  struct Typed {
    std::string input;      ///< for the guest; a sequence that has only begun is held back
    bool detached = false;  ///< the sequence was completed; what was typed after it is dropped
  };
  Typed feed(std::string_view bytes);
  /// As it was written: "^]".
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool isNone() const { return sequence_.empty(); }

private:
  std::string text_;
  std::string sequence_;
  std::size_t matched_ = 0;
};

}  // namespace microvm::cli
