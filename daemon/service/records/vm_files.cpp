#include "daemon/service/records/vm_files.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "api/core/file.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/domain/capabilities/kernel_image.hpp"
#include "daemon/files/volume_files.hpp"
#include "daemon/wire/vm_record.hpp"

namespace microvm {
namespace {

using Errors = std::vector<FieldError>;

/// The text after "what: " in a system error.
std::string reasonOf(int errnoValue) {
  return systemError("", errnoValue).detail.substr(2);
}

/// What can be done about it; the path is one of the daemon's host, and the daemon's user needs it.
std::string unusable(const std::string& path, std::string_view what, int errnoValue) {
  std::string_view wayOut;
  if (errnoValue == ENOENT || errnoValue == ENOTDIR) wayOut = "; give a path that is there, on the daemon's host";
  if (errnoValue == EACCES || errnoValue == EPERM) wayOut = "; give the daemon's user the right to it";
  return fmt::format("{} cannot be {}: {}{}", path, what, reasonOf(errnoValue), wayOut);
}

/// Opens a file that the runner will read.
UniqueFd openNeeded(const std::string& path, const std::string& pointer, Errors& errors) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) {
    errors.push_back({pointer, unusable(path, "read", errno)});
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

void checkKernel(const std::string& path, const CapabilityRecord& record, Errors& errors) {
  const std::string pointer = "/spec/boot/linux/kernel";
  const UniqueFd fd = openNeeded(path, pointer, errors);
  if (!fd) return;
  std::string head(kKernelHead, '\0');
  const auto got = ::pread(fd.get(), head.data(), head.size(), 0);
  head.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  if (auto problem = kernelProblem(identifyKernel(head), path, record))
    errors.push_back({pointer, std::move(*problem)});
}

void checkFolderOf(const std::string& path, const std::string& pointer, Errors& errors) {
  const auto folder = std::filesystem::path(path).parent_path().string();
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return;
  errors.push_back({pointer, fmt::format("{} cannot be made: {}: {}", path, folder, reasonOf(errno))});
}

void checkBoot(const Boot& boot, const CapabilityRecord& record, Errors& errors) {
  if (const auto* efi = std::get_if<EfiBoot>(&boot)) {
    if (!efi->variableStore.empty()) checkFolderOf(efi->variableStore, "/spec/boot/efi/variableStore", errors);
    return;
  }
  const auto& linuxBoot = std::get<LinuxBoot>(boot);
  checkKernel(linuxBoot.kernel, record, errors);
  if (linuxBoot.initrd) openNeeded(*linuxBoot.initrd, "/spec/boot/linux/initrd", errors);
}

void checkDevice(const BlockDevice& device, bool isReadOnly, const std::string& pointer, Errors& errors) {
  struct stat info {};
  const UniqueFd fd(::open(device.path.c_str(), (isReadOnly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK));
  if (!fd) {
    errors.push_back({pointer, unusable(device.path, "opened", errno)});
  } else if (::fstat(fd.get(), &info) != 0 || !S_ISBLK(info.st_mode)) {
    errors.push_back({pointer, device.path + " is no disk of the host; a file is a volume with image"});
  }
}

void checkVolume(const Volume& volume, const std::string& pointer, Errors& errors) {
  if (const auto* image = std::get_if<ImageFile>(&volume.source)) {
    checkImage(*image, volume.readOnly, pointer, errors);
  } else if (const auto* device = std::get_if<BlockDevice>(&volume.source)) {
    checkDevice(*device, volume.readOnly, pointer + "/device", errors);
  }
}

void checkShare(const Share& share, const std::string& pointer, Errors& errors) {
  struct stat info {};
  if (::stat(share.source.c_str(), &info) != 0) {
    errors.push_back({pointer, unusable(share.source, "shared", errno)});
  } else if (!S_ISDIR(info.st_mode)) {
    errors.push_back({pointer, share.source + " is not a folder"});
  }
}

void checkHelper(const std::string& program, const std::string& pointer, Errors& errors) {
  struct stat info {};
  if (::stat(program.c_str(), &info) != 0 || (S_ISREG(info.st_mode) && ::access(program.c_str(), X_OK) != 0)) {
    errors.push_back({pointer, fmt::format("{} cannot be run: {}", program, reasonOf(errno))});
  } else if (!S_ISREG(info.st_mode)) {
    errors.push_back({pointer, program + " is not a program"});
  }
}

/// The files of a guest's first boot.
void checkSeeds(const Definition& definition, Errors& errors) {
  if (const auto& cloudInit = definition.cloudInit) {
    if (cloudInit->userData) openNeeded(*cloudInit->userData, "/spec/cloudInit/userData", errors);
    if (cloudInit->metaData) openNeeded(*cloudInit->metaData, "/spec/cloudInit/metaData", errors);
    if (cloudInit->networkConfig) openNeeded(*cloudInit->networkConfig, "/spec/cloudInit/networkConfig", errors);
  }
  if (definition.ignition) openNeeded(*definition.ignition, "/spec/ignition", errors);
}

/// Who has no descriptor left can open nothing, and that says nothing of the files.
std::optional<Error> ownShortage() {
  const UniqueFd any(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (any || (errno != EMFILE && errno != ENFILE)) return std::nullopt;
  return Error{Errc::Unavailable,
               "the files of the definition cannot be looked at now: " + reasonOf(errno),
               "ask again later, or allow the daemon more open files",
               {}};
}

Result<void> renameRecord(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return systemError("cannot rename " + from, errno);
  }
  return flushFolderOf(to);
}

constexpr int kRemovals = 3;

/// Removes everything in it but one file.
Result<void> emptyFolder(const std::string& path, const std::string& except) {
  std::error_code ec;
  for (std::filesystem::directory_iterator each(path, ec), end; !ec && each != end; each.increment(ec)) {
    std::error_code failed;
    if (each->path() != except) std::filesystem::remove_all(each->path(), failed);
    if (failed) return systemError("cannot remove " + each->path().string(), failed.value());
  }
  return {};
}

Result<void> removeFolder(const std::string& path) {
  std::error_code ec;
  // Something may be put into it meanwhile: the lock of a shim that comes too late and goes again.
  for (int attempt = 0; attempt < kRemovals; ++attempt) {
    std::filesystem::remove_all(path, ec);
    if (ec != std::errc::directory_not_empty) break;
  }
  if (ec) return systemError("cannot remove " + path, ec.value());
  return {};
}

}  // namespace

Result<void> checkHost(const Definition& definition, const CapabilityRecord& record) {
  Errors errors;
  checkBoot(definition.boot, record, errors);
  for (std::size_t i = 0; i < definition.volumes.size(); ++i) {
    checkVolume(definition.volumes[i], fmt::format("/spec/volumes/{}", i), errors);
  }
  checkImagesApart(definition, errors);
  for (std::size_t i = 0; i < definition.shares.size(); ++i) {
    checkShare(definition.shares[i], fmt::format("/spec/shares/{}/source", i), errors);
  }
  for (std::size_t i = 0; i < definition.interfaces.size(); ++i) {
    const auto& helper = definition.interfaces[i].helper;
    if (!helper.empty()) checkHelper(helper.front(), fmt::format("/spec/interfaces/{}/helper/0", i), errors);
  }
  for (std::size_t i = 0; i < definition.vsock.size(); ++i) {
    const VsockPort& vsock = definition.vsock[i];
    if (vsock.socket.empty() || vsock.direction == VsockDirection::Listen) continue;
    checkFolderOf(vsock.socket, fmt::format("/spec/vsock/{}/socket", i), errors);
  }
  checkSeeds(definition, errors);
  if (errors.empty()) return {};
  if (auto shortage = ownShortage()) return std::move(*shortage);
  return Error{Errc::Invalid, "the host lacks what the definition names", "", std::move(errors)};
}

Result<void> checkRoom(const std::vector<std::string>& folders, std::uint64_t bytes) {
  if (bytes == 0) return {};
  for (const auto& folder : folders) {
    struct statvfs info {};
    if (::statvfs(folder.c_str(), &info) != 0) return systemError("cannot examine the disk of " + folder, errno);
    const auto left = std::uint64_t{info.f_bavail} * info.f_frsize;
    if (left >= bytes) continue;
    return Error{Errc::DiskFull,
                 fmt::format("the disk of {} has {} bytes left, and {} are to stay free", folder, left, bytes),
                 "make room, or lower microvmd --min-free; what runs can be stopped and deleted all the same",
                 {}};
  }
  return {};
}

Result<void> createVmFolder(const VmPaths& paths, const Vm& vm) {
  if (auto made = makeFolders(paths.stateFolder); !made) return made;
  auto written = replaceFile(paths.recordFile(), vmRecordText(vm));
  if (!written) (void)removeFolder(paths.stateFolder);
  return written;
}

Result<void> writeVmRecord(const VmPaths& paths, const Vm& vm) {
  return writeFileAtomically(paths.recordFile(), vmRecordText(vm));
}

Result<void> markDeleted(const VmPaths& paths) {
  return renameRecord(paths.recordFile(), paths.deletedFile());
}

Result<void> unmarkDeleted(const VmPaths& paths) {
  return renameRecord(paths.deletedFile(), paths.recordFile());
}

Result<void> prepareLaunch(const VmPaths& paths, const Definition& definition) {
  for (const auto& folder : {paths.stateFolder, paths.consoleFolder(), paths.runFolder}) {
    if (auto made = makeFolders(folder); !made) return made;
  }
  for (const auto& volume : definition.volumes) {
    const auto* image = std::get_if<ImageFile>(&volume.source);
    if (image == nullptr || (volume.readOnly && !image->autoCreate)) continue;
    if (auto prepared = prepareImage(*image); !prepared) return prepared;
  }
  return {};
}

Result<std::string> readRunnerLog(const VmPaths& paths) {
  constexpr std::size_t kMostBytes = 4 * 1024 * 1024;  // of a file; the shim keeps far less
  std::string all;
  for (const auto& path : {paths.runnerLog() + ".1", paths.runnerLog()}) {
    auto text = readFile(path, kMostBytes);
    if (!text && text.error().code != Errc::NotFound) return std::move(text).error();
    all += text.value_or("");
  }
  return all;
}

Result<void> removeVmFolders(const VmPaths& paths) {
  auto removed = removeFolder(paths.runFolder);
  // What says that it was deleted goes last: whoever is cut off here is followed by somebody who goes on.
  auto emptied = emptyFolder(paths.stateFolder, paths.deletedFile());
  if (emptied) emptied = removeFolder(paths.stateFolder);
  return removed ? emptied : removed;
}

}  // namespace microvm
