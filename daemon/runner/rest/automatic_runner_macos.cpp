// Not run on a Mac, only compiled.
#include "daemon/runner/rest/vfkit_runner.hpp"

namespace microvm {

RunnerKind automaticRunner() {
  return RunnerKind::Vfkit;
}

}  // namespace microvm
