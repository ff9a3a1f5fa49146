// The real guest under vfkit-qemu alone: no daemon, the command line as a user of vfkit types it.
#pragma once
#include <string>
#include <vector>

#include "api/core/unique_fd.hpp"
#include "tests/support/program.hpp"

namespace microvm::test {

using Words = std::vector<std::string>;

/// A file of the folder that MICROVM_GUEST names; throws when it is not there.
std::string guestFile(const std::string& name);
/// The words that start its kernel directly, with more for the kernel's command line behind.
Words linuxBoot(const std::string& cmdline = "");

class DirectGuest {
public:
  /// `devices` are values of --device; a terminal comes with them. Starts it, or throws with what it said.
  explicit DirectGuest(const Words& devices, const Words& more = {}, const Words& boot = linuxBoot());
  /// Presses the power button and waits for the end.
  ~DirectGuest();
  DirectGuest(const DirectGuest&) = delete;
  DirectGuest& operator=(const DirectGuest&) = delete;

  /// Types a command at the prompt and waits for its end; what it printed.
  std::string run(const std::string& command);
  /// Reads the console until the text has come.
  void readUntil(const std::string& text);
  /// Presses the power button; how it ended.
  ProgramResult stop();

  [[nodiscard]] int pid() const { return program_.pid(); }
  [[nodiscard]] std::string log() const { return program_.errSoFar(); }
  [[nodiscard]] const std::string& socket() const { return socket_; }

private:
  TempDir folder_;
  std::string socket_;
  Program program_;
  UniqueFd console_;
  std::string seen_;
  int commands_ = 0;
  bool isStopped_ = false;
};

}  // namespace microvm::test
