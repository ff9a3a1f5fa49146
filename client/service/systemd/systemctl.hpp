// systemctl(1), of the system or of a user.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "client/service/host.hpp"

namespace microvm::service {

/// What `systemctl show` says of a unit.
struct Unit {
  std::string loadState;     ///< "loaded", "not-found", "masked"
  std::string file;          ///< FragmentPath
  std::string activeState;   ///< "active", "inactive", "failed"
  std::string subState;      ///< "running", "listening"
  std::string enabledState;  ///< "enabled", "disabled", "masked"; empty when there is no unit
  int mainPid = 0;

  [[nodiscard]] bool isThere() const { return loadState != "not-found" && !loadState.empty(); }
  [[nodiscard]] bool isActive() const { return activeState == "active" || activeState == "activating"; }
};
Unit parseShow(const std::string& text);

class Systemctl {
public:
  explicit Systemctl(const Host& host) : host_(host) {}

  /// "systemctl --user" or "systemctl", for hints.
  [[nodiscard]] std::string name() const;
  /// A unit that does not exist is not an error.
  Result<Unit> show(const std::string& unit) const;
  /// `systemctl WORDS`; the error says what systemd said and what to do. `what`: "cannot start the service".
  Result<void> call(std::vector<std::string> words, const std::string& what) const;

private:
  Result<Captured> ask(std::vector<std::string> words) const;
  [[nodiscard]] Error failure(const std::string& what, const Captured& ended) const;

  const Host& host_;
};

}  // namespace microvm::service
