#include "daemon/domain/boot_rules.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "api/core/text.hpp"
#include "daemon/domain/text_rules.hpp"

namespace microvm {

namespace {

constexpr std::size_t kMostCmdlineEntries = 256;
constexpr std::size_t kMostCmdlineBytes = 2047;  // Linux's COMMAND_LINE_SIZE of 2048 has room for the final NUL
constexpr std::size_t kMostExtraArgs = 64;
constexpr std::size_t kLongestExtraArg = 4096;
constexpr std::string_view kConsole = "console=";
constexpr std::string_view kSerialConsole = "console=hvc0";
constexpr std::string_view kBothConsoles = "console=tty0 console=hvc0";

using Errors = std::vector<FieldError>;

bool namesConsole(const std::string& entry) {
  return entry.starts_with(kConsole) || entry.find(" " + std::string(kConsole)) != std::string::npos;
}

void checkCmdlineEntry(const std::string& entry, const std::string& pointer, Errors& errors) {
  const auto refuse = [&](std::string_view reason) {
    errors.push_back({pointer, fmt::format("{} {}", inQuotes(entry), reason)});
  };
  if (entry.find_first_not_of(' ') == std::string::npos) return refuse("is blank; leave it out");
  if (hasControlCharacters(entry)) return refuse("has a control character; the kernel takes one line of text");
  if (!isUtf8(entry)) return refuse("is not UTF-8");
  if (std::count(entry.begin(), entry.end(), '"') % 2 != 0) {
    refuse("has an odd number of double quotes; the kernel would take what follows as a part of it");
  }
}

void checkLinuxBoot(const LinuxBoot& boot, const Graphics& graphics, Errors& errors) {
  checkPath(boot.kernel, "/spec/boot/linux/kernel", errors);
  if (boot.initrd) checkPath(*boot.initrd, "/spec/boot/linux/initrd", errors);
  const std::string pointer = "/spec/boot/linux/cmdline";
  if (!isFew(boot.cmdline.size(), kMostCmdlineEntries, pointer, errors)) return;
  for (std::size_t i = 0; i < boot.cmdline.size(); ++i) {
    checkCmdlineEntry(boot.cmdline[i], fmt::format("{}/{}", pointer, i), errors);
  }
  const std::size_t length = commandLineOf(boot, graphics).size();
  if (length > kMostCmdlineBytes) {
    errors.push_back({pointer, fmt::format("has {} bytes in all, console included; Linux takes {}: move the rest into "
                                           "the initrd or a configuration file",
                                           length, kMostCmdlineBytes)});
  }
}

}  // namespace

void checkBoot(const Boot& boot, const Graphics& graphics, Errors& errors) {
  if (const auto* linuxBoot = std::get_if<LinuxBoot>(&boot)) return checkLinuxBoot(*linuxBoot, graphics, errors);
  const auto& store = std::get<EfiBoot>(boot).variableStore;
  if (!store.empty()) checkPlainPath(store, "/spec/boot/efi/variableStore", errors);
}

void checkCloudInit(const CloudInit& cloudInit, Errors& errors) {
  if (!cloudInit.userData && !cloudInit.metaData) {
    errors.push_back({"/spec/cloudInit", "has neither userData nor metaData; cloud-init needs one of them"});
  }
  if (cloudInit.userData) checkPath(*cloudInit.userData, "/spec/cloudInit/userData", errors);
  if (cloudInit.metaData) checkPath(*cloudInit.metaData, "/spec/cloudInit/metaData", errors);
  if (cloudInit.networkConfig) checkPath(*cloudInit.networkConfig, "/spec/cloudInit/networkConfig", errors);
}

void checkExtraArgs(const std::vector<std::string>& extraArgs, Errors& errors) {
  if (!isFew(extraArgs.size(), kMostExtraArgs, "/spec/extraArgs", errors)) return;
  for (std::size_t i = 0; i < extraArgs.size(); ++i) {
    const std::string& word = extraArgs[i];
    const auto refuse = [&](const std::string& reason) {
      errors.push_back({fmt::format("/spec/extraArgs/{}", i), reason});
    };
    if (word.empty()) refuse("is empty; leave it out");
    if (word.find('\0') != std::string::npos || !isUtf8(word)) refuse(inQuotes(word) + " is not UTF-8 without NUL");
    if (word.size() > kLongestExtraArg) {
      refuse(fmt::format("has {} bytes; at most {} are taken", word.size(), kLongestExtraArg));
    }
  }
}

std::string commandLineOf(const LinuxBoot& boot, const Graphics& graphics) {
  std::string line;
  if (std::none_of(boot.cmdline.begin(), boot.cmdline.end(), namesConsole)) {
    line = graphics.enable ? kBothConsoles : kSerialConsole;
  }
  for (const std::string& entry : boot.cmdline) {
    if (!line.empty()) line += ' ';
    line += entry;
  }
  return line;
}

}  // namespace microvm
