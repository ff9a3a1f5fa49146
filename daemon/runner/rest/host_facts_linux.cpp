#include <array>
#include <fcntl.h>
#include <fstream>
#include <string>

#include "api/core/unique_fd.hpp"
#include "daemon/runner/rest/runner_probe.hpp"

namespace microvm {
namespace {

/// Whether a guest under KVM may have guests of its own; nothing where KVM does not say.
std::optional<bool> nestedGuests() {
  constexpr std::array kParameters{"/sys/module/kvm_intel/parameters/nested", "/sys/module/kvm_amd/parameters/nested"};
  for (const char* path : kParameters) {
    std::string word;
    if (std::ifstream(path) >> word) return word == "Y" || word == "1";
  }
  return std::nullopt;
}

}  // namespace

HostFacts hostFacts(RunnerKind) {
  HostFacts facts;
  facts.hasVhostVsock = static_cast<bool>(UniqueFd(::open("/dev/vhost-vsock", O_RDWR | O_CLOEXEC)));
  facts.hasNestedGuests = nestedGuests();
  return facts;
}

}  // namespace microvm
