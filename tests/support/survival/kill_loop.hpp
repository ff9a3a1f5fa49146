// Random SIGKILLs at random moments while random things are asked of a daemon, and what must hold afterwards.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/daemon.hpp"
#include "tests/support/survival/ledger.hpp"
#include "tests/support/survival/processes.hpp"
#include "tests/support/survival/stand_in_runs.hpp"

namespace microvm::test {

struct KillLoopSettings {
  unsigned rounds = 200;
  std::uint64_t seed = 1;
  int vms = 6;
  int longestDelay = 40;  ///< ms from the requests to the kill
  Json spec;              ///< of every VM, beside what Daemon::definition() gives
  Json restart;           ///< the restart policy of every other VM
};

class KillLoop {
public:
  KillLoop(Daemon& daemon, KillLoopSettings settings);

  void run();
  /// Waits until nothing is under way and looks at everything once more; then deletes all VMs and looks for what is
  /// left over.
  void finish();

  /// What was found wrong, a sentence each, with its round.
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }
  /// Rounds, kills by victim, requests by outcome, losses.
  [[nodiscard]] std::string summary() const;

private:
  struct Asked;

  void round();
  Asked ask(const std::string& name);
  void killSomething();
  void killPart(Part part);
  void takeAnswers(std::vector<Asked>& asked);
  void takeAnswer(const Asked& asked, int status, const std::string& body);
  void compare();
  void readEvents();
  void checkProcesses();
  void checkConsole(const std::string& name);
  void compareLines(const Json& vm, const std::map<std::string, std::uint64_t>& kept);
  void checkEnds(const Json& list);
  void checkNothingIsLeft();
  void note(const std::string& problem);
  [[nodiscard]] Json list() const;
  unsigned below(unsigned limit) { return std::uniform_int_distribution<unsigned>(0, limit - 1)(random_); }

  Daemon& daemon_;
  KillLoopSettings settings_;
  std::mt19937_64 random_;
  Ledger ledger_;
  unsigned round_ = 0;
  bool isDaemonKilled_ = false;
  std::uint64_t lastEvent_ = 0;
  StandInRuns runs_;
  std::uint64_t lines_ = 0;      // that were found in consoles
  std::uint64_t wholeRuns_ = 0;  // of which each line was found
  std::set<int> killedShims_;
  std::map<std::string, unsigned> kills_;     // by victim
  std::map<std::string, unsigned> outcomes_;  // by request and status
  std::vector<std::string> problems_;
};

}  // namespace microvm::test
