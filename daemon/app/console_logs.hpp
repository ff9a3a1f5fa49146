// The console logs of all VMs, read from their segments.
#pragma once
#include "daemon/runner/runner.hpp"

namespace microvm {

class ConsoleLogFiles final : public ConsoleLogs {
public:
  Result<ConsoleTimes> times(const VmPaths& paths) const override;
  Result<ConsoleSlice> read(const VmPaths& paths, std::uint64_t offset, std::size_t limit) const override;
};

}  // namespace microvm
