// What a runner can do, feature by feature. Help, validation, documentation and tests read the same record.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/domain/capabilities/feature.hpp"
#include "daemon/domain/capabilities/target.hpp"

namespace microvm {

enum class Support {
  Yes,
  No,
  Partial,   ///< something is there and does not do what it is for; refused like No
  External,  ///< somebody else does it, which is told as a warning
};

std::string_view toText(Support support);

struct Capability {
  Support support = Support::No;
  std::string since;  ///< the first version of the runner that has it; empty: all
  std::string why;    ///< the sentence that refuses it, or limits it; no final full stop
  std::string how;    ///< the way out; may be empty
  bool operator==(const Capability&) const = default;
};

/// "why; how", as it is printed.
std::string refusalOf(const Capability& capability);

struct Limits {
  std::uint64_t memory = 0;  ///< the most bytes of memory; 0: the host's
  unsigned cpus = 0;         ///< the most CPUs; 0: the host's
  bool operator==(const Limits&) const = default;
};

struct CapabilityRecord {
  RunnerTarget target;
  std::string machine;  ///< what the guest sees: "vz", "libkrun", "q35", "virt"
  Limits limits;
  std::array<Capability, kFeatures> rows;

  [[nodiscard]] const Capability& at(Feature feature) const { return rows[static_cast<std::size_t>(feature)]; }
  Capability& at(Feature feature) { return rows[static_cast<std::size_t>(feature)]; }
};

/// What this runner in this version can do on such a host. A feature that a later version brings is refused with its
/// name. A version that is not known is taken for the newest.
CapabilityRecord recordOf(const RunnerTarget& target);

/// What was found out about the host, as far as it was.
struct HostFacts {
  std::optional<bool> hasVhostVsock;    ///< /dev/vhost-vsock can be opened
  std::optional<bool> hasVirtiofsd;     ///< virtiofsd is installed
  std::optional<bool> hasFirmware;      ///< EFI firmware for QEMU is installed
  std::optional<bool> hasNestedGuests;  ///< the accelerator can run guests in guests
  std::optional<std::uint64_t> memory;  ///< the host's, in bytes
  std::optional<unsigned> cpus;         ///< the host's
};

/// Facts take support away and never give any.
void lower(CapabilityRecord& record, const HostFacts& facts);

}  // namespace microvm
