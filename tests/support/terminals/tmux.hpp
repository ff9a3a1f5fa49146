// A terminal that keeps a screen: a shell in tmux, with a server of its own.
#pragma once
#include <string>
#include <vector>

#include "tests/support/temp_dir.hpp"

namespace microvm::test {

/// 80 columns of 24 rows, in which a POSIX shell with job control begins with the prompt "host$ ".
class Tmux {
public:
  Tmux();
  ~Tmux();
  Tmux(const Tmux&) = delete;
  Tmux& operator=(const Tmux&) = delete;

  /// As from a keyboard, and no key of tmux's own.
  void type(const std::string& text) const;
  /// A key by tmux's name for it: Enter, C-c.
  void press(const std::string& key) const;
  void resize(int columns, int rows) const;
  /// What a person sees, without what has scrolled away and without blanks at the ends of lines.
  [[nodiscard]] std::string screen() const;
  /// Throws, showing the screen, when the text does not appear.
  void waitFor(const std::string& text) const;

private:
  [[nodiscard]] std::string call(std::vector<std::string> words) const;

  TempDir folder_;
};

}  // namespace microvm::test
