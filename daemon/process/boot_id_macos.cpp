// Not run on a Mac, only compiled. kern.bootsessionuuid is what the kernel makes anew in each boot (sysctl(3), xnu).
#include <array>
#include <cerrno>
#include <sys/sysctl.h>
#include <sys/types.h>

#include "daemon/process/boot_id.hpp"

namespace microvm {

Result<std::string> bootId() {
  std::array<char, 64> text{};
  std::size_t size = text.size() - 1;
  if (::sysctlbyname("kern.bootsessionuuid", text.data(), &size, nullptr, 0) != 0) {
    return systemError("cannot read kern.bootsessionuuid", errno);
  }
  return std::string(text.data());
}

}  // namespace microvm
