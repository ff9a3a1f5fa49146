// What is examined: which daemon, which folders, which runner. Found out once, before the checks.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "api/core/error.hpp"
#include "api/core/result.hpp"
#include "client/cli/doctor/host.hpp"

namespace microvm::doctor {

/// What `vfkit-qemu --probe` reports. What it has not is empty.
struct Probe {
  std::string version;
  std::string architecture;
  std::string qemu;
  std::string qemuVersion;
  std::string accelerator;
  std::string why;  ///< of the accelerator, or of there being none
  std::string virtiofsd;
  std::string firmware;
};

struct Daemon {
  std::string version;
  int pid = 0;
};

struct Subject {
  std::string clientVersion;
  std::string socket;
  std::optional<Daemon> daemon;
  std::string daemonProblem;     ///< why there is none
  std::optional<Error> unready;  ///< why it answers, and yet does not do its work

  std::string stateFolder;  ///< empty: nobody knows
  std::string runFolder;

  std::string runnerName;     ///< "vfkit", "vfkit-qemu"
  std::string runner;         ///< its path; empty: there is none
  std::string runnerProblem;  ///< why there is none
  std::optional<Said> runnerVersion;
  std::string versionProblem;  ///< why there is no such answer

  std::optional<Probe> probe;  ///< Linux only
  std::string probeProblem;
};

/// Asks the daemon's answer to GET /v1/server where there is one, the defaults of this user otherwise, and the runner.
Subject survey(const Host& host, const std::string& clientVersion, const std::string& socket,
               const Result<nlohmann::ordered_json>& server);

/// Errc::Malformed when the text is no such report.
Result<Probe> parseProbe(std::string_view text);

}  // namespace microvm::doctor
