#include "daemon/host/figures.hpp"

#include <filesystem>
#include <iterator>
#include <sys/resource.h>
#include <unistd.h>

namespace microvm {
namespace {

double secondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Those that are open while the folder is read, without the one that reads it.
std::uint64_t countDescriptors() {
  std::error_code ec;
  const std::filesystem::directory_iterator entries("/dev/fd", ec);
  if (ec) return 0;
  const auto count = std::distance(entries, std::filesystem::directory_iterator());
  return count > 0 ? static_cast<std::uint64_t>(count - 1) : 0;
}

}  // namespace

HostResources hostResources() {
  HostResources resources;
  const long cpus = ::sysconf(_SC_NPROCESSORS_ONLN);
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long pageSize = ::sysconf(_SC_PAGESIZE);
  if (cpus > 0) resources.cpus = static_cast<unsigned>(cpus);
  if (pages > 0 && pageSize > 0) {
    resources.memory = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(pageSize);
  }
  return resources;
}

ProcessFigures processFigures() {
  ProcessFigures figures;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) figures.cpuSeconds = secondsOf(usage.ru_utime) + secondsOf(usage.ru_stime);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.mostDescriptors = limit.rlim_cur;
  figures.openDescriptors = countDescriptors();
  return figures;
}

}  // namespace microvm
