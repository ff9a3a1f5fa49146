#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <fmt/core.h>

#include "api/core/unique_fd.hpp"
#include "daemon/vfkit_qemu/qemu/tether_platform.hpp"

namespace microvm::vfkit_qemu::platform {
namespace {

/// These files take their text in one write.
bool tell(const char* path, const std::string& text) {
  const UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

void dieWithParent() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

bool callOurselvesRoot() {
  const auto user = ::geteuid();
  const auto group = ::getegid();
  // A user namespace; one without privileges may name its own group only after giving up setgroups().
  return ::unshare(CLONE_NEWUSER) == 0 && tell("/proc/self/setgroups", "deny") &&
         tell("/proc/self/uid_map", fmt::format("0 {} 1", user)) &&
         tell("/proc/self/gid_map", fmt::format("0 {} 1", group));
}

}  // namespace microvm::vfkit_qemu::platform
