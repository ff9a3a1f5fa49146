// What an installed runner and this host have, found out by asking.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>

#include "daemon/domain/capabilities/record.hpp"

namespace microvm {

/// Remembers what it found by the program's path, size and time of change, so a program is asked once.
class RunnerProbe {
public:
  /// The record of this program, lowered by what the program and the host say. A program that says nothing usable
  /// within three seconds is taken for the newest version. Blocks; any thread may call it.
  CapabilityRecord recordOf(RunnerKind runner, const std::string& program);

private:
  using Key = std::tuple<std::string, std::int64_t, std::int64_t, std::int64_t>;

  std::mutex mutex_;
  std::map<std::pair<RunnerKind, Key>, CapabilityRecord> known_;
};

/// The target and the facts in what `vfkit-qemu --probe` prints; a text that is something else changes nothing.
void readQemuReport(const std::string& text, RunnerTarget& target, HostFacts& facts);

/// What the system itself says: /dev/vhost-vsock, nested guests, and on macOS the processors and the memory.
HostFacts hostFacts(RunnerKind runner);

}  // namespace microvm
