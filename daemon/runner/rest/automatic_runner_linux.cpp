#include "daemon/runner/rest/vfkit_runner.hpp"

namespace microvm {

RunnerKind automaticRunner() {
  return RunnerKind::Qemu;
}

}  // namespace microvm
