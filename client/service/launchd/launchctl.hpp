// launchctl(1): its exit codes are numbers of errno(2) and of launchd's own, and the only thing of its answers that is
// stable.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "client/service/host.hpp"

namespace microvm::service {

/// "gui/501" for a session at the screen (Aqua), "user/501" for one over ssh (Background), "system". Errc::Unavailable
/// for a session in which nobody's services run.
Result<std::string> domainOf(const std::string& managerName, unsigned uid);

/// What launchd knows of a loaded job.
struct LoadedJob {
  std::string domain;
  std::string state;  ///< "running", "waiting", "not running"
  std::string path;   ///< of its property list
  std::optional<int> pid;
};
LoadedJob parsePrint(const std::string& domain, const std::string& text);

/// Whether `launchctl print-disabled` has this label as switched off.
bool isDisabledIn(const std::string& text, const std::string& label);

class Launchctl {
public:
  explicit Launchctl(const Host& host) : host_(host) {}

  /// The domain for new jobs of whoever asks.
  Result<std::string> domain() const;
  /// The job, if it is loaded in this domain.
  Result<std::optional<LoadedJob>> find(const std::string& domain, const std::string& label) const;
  Result<bool> isDisabled(const std::string& domain, const std::string& label) const;

  Result<void> enable(const std::string& domain, const std::string& label) const;
  /// Ends once the job is loaded. One that is loaded already is a success.
  Result<void> bootstrap(const std::string& domain, const std::string& label, const std::string& file) const;
  /// Ends once the job is gone. One that is not loaded is a success.
  Result<void> bootout(const std::string& domain, const std::string& label) const;
  /// Starts it; `kill`: ends the running one first.
  enum class Running { Keep, Kill };
  Result<void> kickstart(const std::string& domain, const std::string& label, Running running) const;

private:
  Result<Captured> call(std::vector<std::string> words) const;
  Result<void> expectSuccess(std::vector<std::string> words, const std::string& what) const;

  const Host& host_;
};

}  // namespace microvm::service
