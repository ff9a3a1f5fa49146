// Not run on a Mac, only compiled.
#include "daemon/init/host_shutdown.hpp"

namespace microvm {

/// launchd does not say why it ends a job. At shutdown it ends every process, and each microvm-shim stops its guest by
/// itself.
bool hostIsStopping(const Environment& /*environment*/) {
  return false;
}

}  // namespace microvm
