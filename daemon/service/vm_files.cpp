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
#include "daemon/domain/capabilities/kernel_image.hpp"
#include "daemon/service/volume_files.hpp"
#include "daemon/wire/definition_json.hpp"

namespace microvm {
namespace {

using Errors = std::vector<FieldError>;

/// The text after "what: " in a system error.
std::string reasonOf(int errnoValue) {
  return systemError("", errnoValue).detail.substr(2);
}

/// Opens a file that the runner will read.
UniqueFd openNeeded(const std::string& path, const std::string& pointer, Errors& errors) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) {
    errors.push_back({pointer, fmt::format("{} cannot be read: {}", path, reasonOf(errno))});
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
  const KernelImage image = identifyKernel(head);
  if (image.format == KernelFormat::Unknown) return;  // the runner's to judge
  if (auto problem = kernelProblem(image, path, record)) errors.push_back({pointer, std::move(*problem)});
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
    errors.push_back({pointer, fmt::format("{} cannot be opened: {}", device.path, reasonOf(errno))});
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
    errors.push_back({pointer, fmt::format("{} cannot be shared: {}", share.source, reasonOf(errno))});
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

Result<void> removeFolder(const std::string& path) {
  std::error_code ec;
  std::filesystem::remove_all(path, ec);
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
  auto kept = removeFolder(paths.stateFolder);
  return removed ? kept : removed;
}

}  // namespace microvm
