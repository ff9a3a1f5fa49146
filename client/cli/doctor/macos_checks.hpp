// What macOS lets VMs do.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "client/cli/doctor/check.hpp"

namespace microvm::doctor {

std::optional<Finding> checkSystemVersion(const Host& host, const Subject& subject);
std::optional<Finding> checkRosetta(const Host& host, const Subject& subject);
std::optional<Finding> checkLeases(const Host& host, const Subject& subject);
std::optional<Finding> checkFirewall(const Host& host, const Subject& subject);
std::optional<Finding> checkLocalNetwork(const Host& host, const Subject& subject);
std::optional<Finding> checkSession(const Host& host, const Subject& subject);
std::optional<Finding> checkPriority(const Host& host, const Subject& subject);

/// A lease of bootpd's, which gives guests behind NAT their addresses.
struct Lease {
  std::string name;
  std::string address;
  std::string hardware;      ///< "1,2:0:0:1:1:1", or "ff,..." when the guest named itself by a DUID
  std::int64_t expires = 0;  ///< seconds since 1970
};

/// The leases of /var/db/dhcpd_leases. What is no lease is passed over.
std::vector<Lease> parseLeases(std::string_view text);

}  // namespace microvm::doctor
