// The real microvmd on folders of its own, with scripted-vfkit as its runner.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tests/support/api.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

namespace microvm::test {

/// How a daemon is started beside what every test needs.
struct Launch {
  std::vector<std::string> flags;  ///< further ones
  std::string limits;              ///< what a shell does before it becomes the daemon: "ulimit -n 64"
};

class Daemon {
public:
  /// Starts it and waits until it is ready. `runner`: the program for every runner kind; empty: a scripted-vfkit in
  /// the folder runner/.
  /// `flags` go to its command line too.
  explicit Daemon(const std::string& runner = "", std::vector<std::string> flags = {});
  /// Removes every VM, ends the daemon, and fails the test when a process of its own is left. Prints the daemon's log
  /// when the test has failed.
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Starts it again on the same folders and waits until it is ready.
  void start(const Launch& launch = {});
  void kill9();
  /// SIGTERM; how it ended.
  ProgramResult terminate();
  [[nodiscard]] int pid() const { return program_->pid(); }

  [[nodiscard]] const Api& api() const { return api_; }
  [[nodiscard]] const TempDir& folder() const { return folder_; }
  [[nodiscard]] std::string stateFolder() const { return folder_ / "state"; }
  [[nodiscard]] std::string runFolder() const { return folder_ / "run"; }
  [[nodiscard]] std::string stateFolderOf(const std::string& id) const { return stateFolder() + "/vms/" + id; }
  /// Its command line without the program; for a second daemon on the same folders.
  [[nodiscard]] std::vector<std::string> arguments() const;
  [[nodiscard]] std::string log() const { return log_ + (program_ ? program_->errSoFar() : ""); }

  /// The rules of the scripted runner (tests/support/scripted_vfkit/main.cpp says which there are).
  void script(const Json& rules) const;
  /// A sign for the scripted runner: the file that an "on" member waits for.
  void give(const std::string& sign) const;
  /// What the scripted runners received, in order; only these calls when named.
  [[nodiscard]] std::vector<Json> calls(const std::string& kind = "") const;
  /// The bodies of the POSTs that the scripted runners received, e.g. "Stop", "HardStop".
  [[nodiscard]] std::vector<std::string> changesAsked() const;
  void waitForCall(const std::string& kind) const;

  /// A definition that can be created here; merged with these members of spec.
  [[nodiscard]] Json definition(const std::string& name, const Json& spec = Json::object()) const;
  /// Creates it; the VM. Throws when it is refused.
  Json create(const std::string& name, const Json& spec = Json::object()) const;
  /// Creates and starts it, and waits until it runs.
  Json createRunning(const std::string& name, const Json& spec = Json::object()) const;

private:
  void endEverything();

  TempDir folder_;
  std::string runner_;
  std::vector<std::string> flags_;
  Api api_;
  std::string log_;
  std::optional<Program> program_;
};

}  // namespace microvm::test
