#include "daemon/vfkit_qemu/devices/firmware.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/core.h>

#include "api/core/file.hpp"

namespace microvm::vfkit_qemu {
namespace {

constexpr std::size_t kMaxStore = 64 * 1024 * 1024;

Error invalid(std::string detail, std::string hint) {
  return Error{Errc::Invalid, std::move(detail), std::move(hint), {}};
}

/// The size of a file that can be read; nothing for anything else.
std::optional<off_t> sizeOf(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || ::access(path.c_str(), R_OK) != 0)
    return std::nullopt;
  return info.st_size;
}

Result<Firmware> create(const std::string& store, const FirmwarePlace& place) {
  const auto variables = readFile(place.variables, kMaxStore);
  if (!variables) return variables.error();
  if (auto written = writeFileAtomically(store, *variables); !written)
    return Error{written.error().code,
                 fmt::format("cannot create the EFI variable store {}: {}", store, written.error().detail),
                 {},
                 {}};
  return Firmware{place.code, store};
}

}  // namespace

std::vector<FirmwarePlace> firmwarePlaces(Architecture architecture) {
  // Debian, Arch, then those that come with QEMU itself. Four MiB before two: distributions stop to build the small.
  if (architecture == Architecture::Arm64)
    return {{"/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd"},
            {"/usr/share/edk2/aarch64/QEMU_EFI-pflash.raw", "/usr/share/edk2/aarch64/vars-template-pflash.raw"},
            {"/usr/share/qemu/edk2-aarch64-code.fd", "/usr/share/qemu/edk2-arm-vars.fd"},
            {"/opt/homebrew/share/qemu/edk2-aarch64-code.fd", "/opt/homebrew/share/qemu/edk2-arm-vars.fd"}};
  return {{"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"},
          {"/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"},
          {"/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"},
          {"/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"},
          {"/usr/share/qemu/edk2-x86_64-code.fd", "/usr/share/qemu/edk2-i386-vars.fd"},
          {"/usr/local/share/qemu/edk2-x86_64-code.fd", "/usr/local/share/qemu/edk2-i386-vars.fd"}};
}

std::vector<FirmwarePlace> installedFirmware(const std::vector<FirmwarePlace>& places) {
  std::vector<FirmwarePlace> found;
  std::copy_if(places.begin(), places.end(), std::back_inserter(found),
               [](const FirmwarePlace& place) { return sizeOf(place.code) && sizeOf(place.variables); });
  return found;
}

Result<Firmware> prepareFirmware(const vfkit::EfiBoot& boot, const std::vector<FirmwarePlace>& places) {
  const std::string& store = boot.variableStore;
  if (store.empty())
    return invalid("the efi bootloader has no variable store", "add variable-store=PATH, and create the first time");
  const auto found = installedFirmware(places);
  if (found.empty())
    return Error{Errc::RunnerMissing,
                 fmt::format("the efi bootloader needs UEFI firmware, and there is no {}",
                             places.empty() ? "such file" : places.front().code),
                 "install ovmf (x86_64) or qemu-efi-aarch64 (arm64)",
                 {}};
  if (boot.create) return create(store, found.front());
  const auto size = sizeOf(store);
  if (!size)
    return invalid(fmt::format("the EFI variable store {} is not there or cannot be read", store),
                   "add create to make it");
  if (::access(store.c_str(), W_OK) != 0) return systemError("cannot write the EFI variable store " + store, errno);
  const auto fitting = std::find_if(found.begin(), found.end(),
                                    [&](const FirmwarePlace& place) { return sizeOf(place.variables) == size; });
  if (fitting == found.end())
    return invalid(
        fmt::format("the EFI variable store {} has {} bytes, and that of {} has {}: it is another firmware's", store,
                    *size, found.front().code, *sizeOf(found.front().variables)),
        "move it away and add create to make a new one");
  return Firmware{fitting->code, store};
}

}  // namespace microvm::vfkit_qemu
