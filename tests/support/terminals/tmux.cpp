#include "tests/support/terminals/tmux.hpp"

#include <stdexcept>

#include "tests/support/program.hpp"
#include "tests/support/waiting.hpp"

namespace microvm::test {

Tmux::Tmux() {
  static_cast<void>(call({"-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "/bin/sh"}));
  type("PS1='ho''st$ '");
  press("Enter");
  waitFor("host$");
}

Tmux::~Tmux() {
  try {
    static_cast<void>(call({"kill-server"}));
  } catch (const std::exception&) {  // it ended before: nothing is left
  }
}

void Tmux::type(const std::string& text) const {
  static_cast<void>(call({"send-keys", "-l", "--", text}));
}

void Tmux::press(const std::string& key) const {
  static_cast<void>(call({"send-keys", key}));
}

void Tmux::resize(int columns, int rows) const {
  static_cast<void>(call({"resize-window", "-x", std::to_string(columns), "-y", std::to_string(rows)}));
}

std::string Tmux::screen() const {
  return call({"capture-pane", "-p"});
}

void Tmux::waitFor(const std::string& text) const {
  const auto isThere = [&] { return screen().find(text) != std::string::npos; };
  try {
    waitUntil(text, isThere);
  } catch (const std::exception&) {
    throw std::runtime_error("not on the screen: " + text + "\n" + screen());
  }
}

std::string Tmux::call(std::vector<std::string> words) const {
  words.insert(words.begin(), {"tmux", "-u", "-S", folder_ / "server"});
  const auto ended = runProgram("/usr/bin/env", words, {.environment = {"TERM=xterm"}, .input = ""});
  if (ended.code != 0) throw std::runtime_error("tmux " + words.at(4) + ": " + ended.err);
  return ended.out;
}

}  // namespace microvm::test
