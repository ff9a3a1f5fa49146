// What may be made and what may start on this host: what the runners can do, what the host has, and which images are
// free. Main thread only; the looks themselves are on the file pool.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/async/blocking_pool.hpp"
#include "daemon/domain/capabilities/draft.hpp"
#include "daemon/files/volume_files.hpp"
#include "daemon/runner/runner.hpp"
#include "daemon/service/service.hpp"
#include "daemon/service/vm_registry.hpp"

namespace microvm {

/// Nothing is made or started while the disk of one of these folders has less room.
struct DiskReserve {
  std::vector<std::string> folders;
  std::uint64_t bytes = 0;
};

class Admission {
public:
  /// All outlive it.
  Admission(const Runner& runner, BlockingPool& files, const VmRegistry& vms, DiskReserve reserve);

  /// What each runner can do here, or one of them.
  Task<std::vector<RunnerReport>> capabilities(std::optional<RunnerKind> runner);
  /// What the runner cannot do and what the host lacks, all at once; or the warnings.
  Task<std::vector<FieldError>> checkOnHost(Draft draft);
  /// Whether it would start if it were to now.
  Task<void> checkStartable(SupervisorPtr supervisor);
  /// Whether no running VM has one of its images.
  Task<void> checkFree(Vm vm);
  /// For a VM that checkStartable() has just let pass: as long as it is held, nobody else starts with its images.
  Reservation claim(const std::string& vmId) { return Reservation(claims_, vmId); }

private:
  [[nodiscard]] std::vector<ImageUse> imagesOfOthers(const Vm& vm) const;

  const Runner& runner_;
  BlockingPool& files_;
  const VmRegistry& vms_;
  const DiskReserve reserve_;
  std::set<std::string> claims_;  // ids of VMs that are being started
};

}  // namespace microvm
