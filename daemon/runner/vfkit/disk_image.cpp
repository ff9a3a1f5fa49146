#include "daemon/runner/vfkit/disk_image.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/core.h>

#include "api/core/unique_fd.hpp"
#include "daemon/runner/vfkit/usage_error.hpp"

namespace microvm::vfkit {
namespace {

/// Go spells errno texts with a small first letter.
std::string reason(int error) {
  std::string text = std::strerror(error);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

}  // namespace

Result<void> checkDiskImage(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return usage(fmt::format("failed to open file {}: open {}: {}", path, path, reason(errno)));
  std::array<char, 4> header{};
  const ssize_t count = ::read(file.get(), header.data(), header.size());
  if (count < 0)
    return usage(fmt::format("failed to read the header of file {}: read {}: {}", path, path, reason(errno)));
  if (count == 0) return usage(fmt::format("failed to read the header of file {}: EOF", path));
  if (std::memcmp(header.data(), "QFI\xfb", 4) == 0) return usage("vfkit does not support qcow2 image format");
  return {};
}

}  // namespace microvm::vfkit
