#include "daemon/app/descriptor_limit.hpp"

#include <algorithm>

#include "api/core/logging.hpp"

namespace microvm {
namespace {

constexpr rlim_t kDescriptors = 65'536;

}  // namespace

rlim_t wantedDescriptors(const rlimit& now, rlim_t systemMost) {
  return std::max(now.rlim_cur, std::min({now.rlim_max, systemMost, kDescriptors}));
}

void raiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = wantedDescriptors(limit, platform::mostDescriptors());
  if (limit.rlim_cur == before || ::setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  logWarn("cannot raise the limit of open files limit={} wanted={}", before, limit.rlim_cur);
}

}  // namespace microvm
