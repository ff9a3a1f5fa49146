// The guest's end of the console: a pty that prints what the script says.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "api/core/unique_fd.hpp"
#include "tests/support/scripted_vfkit/loop.hpp"
#include "tests/support/scripted_vfkit/script.hpp"

namespace microvm::scripted {

class Console {
public:
  /// `onInput` gets what is typed, `onPatternEnd` is called when the pattern's last byte is written.
  struct Events {
    std::function<void(const std::string&)> onInput;
    std::function<void(std::uint64_t)> onPatternEnd;
  };

  Console(Loop& loop, ConsoleScript script, Events events);

  /// The terminal for the other side; empty when none could be made.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// The guest boots: prints and listens from now on.
  void boot();
  void startPattern();
  /// How many numbered lines were written whole, "line <mark> <number> ."
  [[nodiscard]] std::uint64_t lines() const { return lines_; }
  /// Writes what is pending and waits a little until the other side has read what was written: a pty forgets it when
  /// its master closes.
  void drain();

private:
  void ready(short events);
  void print(const std::string& text);
  void fill();
  void printLine();
  void flush();

  Loop& loop_;
  ConsoleScript script_;
  Events events_;
  UniqueFd master_;
  UniqueFd slave_;
  std::string name_;
  std::string pending_;
  bool patternRuns_ = false;
  bool patternEnded_ = false;
  std::uint64_t patternAt_ = 0;
  std::uint64_t lines_ = 0;
  std::uint64_t allowed_ = 0;
};

}  // namespace microvm::scripted
