#include "daemon/vfkit_qemu/devices/cloud_init.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <unistd.h>

#include <fmt/core.h>

#include "api/core/file.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/vfkit_qemu/devices/iso9660.hpp"

namespace microvm::vfkit_qemu {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFile = 16 * 1024 * 1024;
constexpr std::string_view kPrefix = "vfkit-cloudinit-";

struct Part {
  std::string_view name;
  bool isNeeded;  ///< cloud-init ignores a seed without it
  std::optional<std::string> content;
};
using Parts = std::array<Part, 3>;

Result<Parts> readParts(const std::vector<std::string>& files) {
  Parts parts{{{"user-data", true, {}}, {"meta-data", true, {}}, {"network-config", false, {}}}};
  bool isSeed = false;
  for (const std::string& path : files) {
    if (path.empty()) continue;
    auto content = readFile(path, kMaxFile);
    if (!content) return std::move(content).error();
    for (Part& part : parts) {
      if (part.name != fs::path(path).filename().string()) continue;
      part.content = *content;
      isSeed = isSeed || part.isNeeded;
    }
  }
  if (!isSeed)
    return Error{Errc::Invalid,
                 "cloud-init needs user-data and meta-data files to work",
                 "name a file called user-data or meta-data",
                 {}};
  return parts;
}

std::string folderOfImages() {
  const char* temporary = std::getenv("TMPDIR");
  return std::string(temporary != nullptr && temporary[0] == '/' ? temporary : "/tmp") + "/vfkit-cloudinit";
}

/// The process that made an image, as its name says.
std::optional<int> makerOf(const std::string& name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  int pid = 0;
  const char* end = name.data() + name.size();
  const auto [rest, failure] = std::from_chars(name.data() + kPrefix.size(), end, pid);
  if (failure != std::errc{} || rest == end || *rest != '-' || pid <= 0) return std::nullopt;
  return pid;
}

void removeOrphans(const std::string& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const auto maker = makerOf(entry.path().filename().string());
    if (maker && ::kill(*maker, 0) != 0 && errno == ESRCH) fs::remove(entry.path(), ignored);
  }
}

}  // namespace

SeedImage& SeedImage::operator=(SeedImage&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

SeedImage::~SeedImage() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Result<SeedImage> SeedImage::make(const std::vector<std::string>& files) {
  SeedImage seed;
  const std::string folder = folderOfImages();
  removeOrphans(folder);
  if (files.empty()) return seed;
  auto parts = readParts(files);
  if (!parts) return std::move(parts).error();
  std::vector<IsoFile> contents;
  for (Part& part : *parts)
    if (part.content || part.isNeeded) contents.push_back({std::string(part.name), part.content.value_or("")});
  if (auto made = makeFolders(folder); !made) return std::move(made).error();
  std::string path = fmt::format("{}/{}{}-XXXXXX.iso", folder, kPrefix, ::getpid());
  const UniqueFd file(::mkstemps(path.data(), 4));
  if (!file) return systemError("cannot make the cloud-init image " + path, errno);
  seed.path_ = path;
  const std::string image = isoImage("cidata", contents);
  std::string_view rest = image;
  while (!rest.empty()) {
    const ssize_t count = ::write(file.get(), rest.data(), rest.size());
    if (count <= 0) return systemError("cannot write the cloud-init image " + path, errno);
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return seed;
}

}  // namespace microvm::vfkit_qemu
