// Is there a runner that can run a VM?
#pragma once
#include "client/cli/doctor/check.hpp"

namespace microvm::doctor {

std::optional<Finding> checkRunner(const Host& host, const Subject& subject);
std::optional<Finding> checkRunnerVersion(const Host& host, const Subject& subject);

/// Of macOS: what the system thinks of the program.
std::optional<Finding> checkSignature(const Host& host, const Subject& subject);
std::optional<Finding> checkEntitlement(const Host& host, const Subject& subject);
std::optional<Finding> checkQuarantine(const Host& host, const Subject& subject);

/// Whether the property list of a program's entitlements says yes to this one.
bool grants(std::string_view entitlements, std::string_view name);

/// "v0.6.3-12-gabc1234" is 0.6.3; nothing for "unknown" and for the bare name of a commit.
struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;
  auto operator<=>(const Version&) const = default;
};
std::optional<Version> parseVersion(std::string_view text);

}  // namespace microvm::doctor
