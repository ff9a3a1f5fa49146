#include "daemon/service/vm_files.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/core/file.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/wire/definition_json.hpp"

namespace microvm {
namespace {

using Errors = std::vector<FieldError>;

/// The text after "what: " in a system error.
std::string reasonOf(int errnoValue) {
  return systemError("", errnoValue).detail.substr(2);
}

enum class Access { Read, ReadWrite };

/// Opens a file that the runner will need, as the runner will.
UniqueFd openNeeded(const std::string& path, Access access, const std::string& pointer, Errors& errors) {
  const int mode = access == Access::Read ? O_RDONLY : O_RDWR;
  UniqueFd fd(::open(path.c_str(), mode | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) {
    const auto* const verb = access == Access::Read ? "read" : "opened for writing";
    errors.push_back({pointer, fmt::format("{} cannot be {}: {}", path, verb, reasonOf(errno))});
    return fd;
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    errors.push_back({pointer, path + " is not a regular file"});
    fd.reset();
  } else if (info.st_size == 0) {
    errors.push_back({pointer, path + " is empty"});
    fd.reset();
  }
  return fd;
}

bool isQcow2(int fd) {
  char magic[4] = {};
  return ::pread(fd, magic, sizeof magic, 0) == 4 && std::string_view(magic, 4) == std::string_view("QFI\xfb", 4);
}

void checkVolume(const Volume& volume, const std::string& pointer, Errors& errors) {
  const auto* image = std::get_if<ImageFile>(&volume.source);
  if (image == nullptr) return;
  struct stat info {};
  const bool isAbsent = ::stat(image->path.c_str(), &info) != 0 && errno == ENOENT;
  if (isAbsent && image->autoCreate) {
    const auto folder = std::filesystem::path(image->path).parent_path().string();
    if (::access(folder.c_str(), W_OK | X_OK) == 0) return;
    errors.push_back({pointer, fmt::format("{} cannot be created: {}: {}", image->path, folder, reasonOf(errno))});
    return;
  }
  const auto access = volume.readOnly ? Access::Read : Access::ReadWrite;
  const auto fd = openNeeded(image->path, access, pointer, errors);
  if (fd && isQcow2(fd.get())) {
    errors.push_back(
        {pointer,
         fmt::format(
             "{} is a qcow2 image and only raw images can be used; convert it with: qemu-img convert -O raw {} {}.raw",
             image->path, image->path, image->path)});
  }
}

void checkShare(const Share& share, const std::string& pointer, Errors& errors) {
  struct stat info {};
  if (::stat(share.source.c_str(), &info) != 0) {
    errors.push_back({pointer, fmt::format("{} cannot be shared: {}", share.source, reasonOf(errno))});
  } else if (!S_ISDIR(info.st_mode)) {
    errors.push_back({pointer, share.source + " is not a folder"});
  }
}

Result<void> createImage(const ImageFile& image) {
  const UniqueFd fd(::open(image.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd && errno == EEXIST) return {};
  if (!fd) return systemError("cannot create the image " + image.path, errno);
  if (::ftruncate(fd.get(), static_cast<off_t>(*image.size)) == 0) return {};
  auto error = systemError("cannot size the image " + image.path, errno);
  ::unlink(image.path.c_str());
  return error;
}

Result<void> removeFolder(const std::string& path) {
  std::error_code ec;
  std::filesystem::remove_all(path, ec);
  if (ec) return systemError("cannot remove " + path, ec.value());
  return {};
}

}  // namespace

Result<void> checkHost(const Definition& definition) {
  Errors errors;
  if (const auto* boot = std::get_if<LinuxBoot>(&definition.boot)) {
    openNeeded(boot->kernel, Access::Read, "/spec/boot/linux/kernel", errors);
    if (boot->initrd) openNeeded(*boot->initrd, Access::Read, "/spec/boot/linux/initrd", errors);
  }
  for (std::size_t i = 0; i < definition.volumes.size(); ++i) {
    checkVolume(definition.volumes[i], fmt::format("/spec/volumes/{}/image", i), errors);
  }
  for (std::size_t i = 0; i < definition.shares.size(); ++i) {
    checkShare(definition.shares[i], fmt::format("/spec/shares/{}/source", i), errors);
  }
  if (errors.empty()) return {};
  return Error{Errc::Invalid, "the host lacks what the definition names", "", std::move(errors)};
}

Result<void> createVmFolder(const VmPaths& paths, const Definition& definition) {
  if (auto made = makeFolders(paths.stateFolder); !made) return made;
  auto written = writeFileAtomically(paths.definitionFile(), definitionToJson(definition).dump(2) + "\n");
  if (!written) (void)removeFolder(paths.stateFolder);
  return written;
}

Result<void> prepareLaunch(const VmPaths& paths, const Definition& definition) {
  for (const auto& folder : {paths.stateFolder, paths.consoleFolder(), paths.runFolder}) {
    if (auto made = makeFolders(folder); !made) return made;
  }
  for (const auto& volume : definition.volumes) {
    const auto* image = std::get_if<ImageFile>(&volume.source);
    if (image == nullptr || !image->autoCreate) continue;
    if (auto created = createImage(*image); !created) return created;
  }
  return {};
}

Result<void> removeVmFolders(const VmPaths& paths) {
  auto removed = removeFolder(paths.runFolder);
  auto kept = removeFolder(paths.stateFolder);
  return removed ? kept : removed;
}

}  // namespace microvm
