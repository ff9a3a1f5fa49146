#include "daemon/runner/vfkit/command_line_parser.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "daemon/runner/golang/flag_set.hpp"
#include "daemon/runner/golang/values.hpp"
#include "daemon/runner/vfkit/device_parser.hpp"
#include "daemon/runner/vfkit/rest_address.hpp"
#include "daemon/runner/vfkit/string_list.hpp"
#include "daemon/runner/vfkit/usage_error.hpp"

namespace microvm::vfkit {
namespace {

/// The flags' values before what they mean together is known.
struct Words {
  std::uint64_t cpus = 1;
  std::uint64_t memory = 512;
  std::vector<std::string> bootloader;
  LinuxBoot legacy;
  std::vector<std::string> devices;
  std::string restUri = "none://";
  std::string logLevel;
  std::string timesync;
  std::string ignition;
  std::vector<std::string> cloudInit;
  std::string pidfile;
  bool gui = false;
  bool nested = false;
  bool version = false;
  bool help = false;
};

auto text(std::string& target) {
  return [&target](const std::string& value) -> Result<void> {
    target = value;
    return {};
  };
}

auto number(std::uint64_t& target) {
  return [&target](const std::string& value) -> Result<void> {
    auto parsed = golang::parseUint(value);
    if (!parsed) return std::move(parsed).error();
    target = *parsed;
    return {};
  };
}

auto truth(bool& target) {
  return [&target](const std::string& value) -> Result<void> {
    auto parsed = golang::parseBool(value);
    if (!parsed) return std::move(parsed).error();
    target = *parsed;
    return {};
  };
}

auto appended(std::vector<std::string>& target) {
  return [&target](const std::string& value) -> Result<void> {
    target.push_back(value);
    return {};
  };
}

auto quotedList(std::vector<std::string>& target) {
  return [&target](const std::string& value) -> Result<void> {
    auto elements = splitQuotedList(value);
    if (!elements) return std::move(elements).error();
    target.insert(target.end(), elements->begin(), elements->end());
    return {};
  };
}

std::vector<golang::Flag> flagsInto(Words& words) {
  return {
      {"cpus", 'c', false, number(words.cpus)},
      {"memory", 'm', false, number(words.memory)},
      {"bootloader", 'b', false, quotedList(words.bootloader)},
      {"kernel", 'k', false, text(words.legacy.kernel)},
      {"initrd", 'i', false, text(words.legacy.initrd)},
      {"kernel-cmdline", 'C', false, text(words.legacy.cmdline)},
      {"device", 'd', false, appended(words.devices)},
      {"restful-uri", 0, false, text(words.restUri)},
      {"gui", 0, true, truth(words.gui)},
      {"log-level", 0, false, text(words.logLevel)},
      {"timesync", 't', false, text(words.timesync)},
      {"ignition", 0, false, text(words.ignition)},
      {"cloud-init", 0, false, quotedList(words.cloudInit)},
      {"nested", 'n', true, truth(words.nested)},
      {"pidfile", 0, false, text(words.pidfile)},
      {"version", 'v', true, truth(words.version)},
      {"help", 'h', true, truth(words.help)},
  };
}

bool isGiven(const std::vector<golang::Flag>& flags, std::string_view name) {
  return std::any_of(flags.begin(), flags.end(),
                     [&](const golang::Flag& flag) { return flag.name == name && flag.occurrences > 0; });
}

/// The three flags of a Linux kernel come together, and none of them with --bootloader. In the order of their names, as
/// they are told.
constexpr std::array<std::string_view, 3> kTrio{"initrd", "kernel", "kernel-cmdline"};

Result<void> checkTrio(const std::vector<golang::Flag>& flags) {
  std::string missing;
  std::string given;
  for (std::string_view name : kTrio) {
    std::string& list = isGiven(flags, name) ? given : missing;
    list += (list.empty() ? "" : " ") + std::string(name);
  }
  if (given.empty()) return {};
  if (!missing.empty())
    return usage(fmt::format(
        "if any flags in the group [kernel initrd kernel-cmdline] are set they must all be set; missing [{}]",
        missing));
  if (isGiven(flags, "bootloader"))
    return usage(
        "if any flags in the group [initrd bootloader] are set none of the others can be; [bootloader initrd] were all "
        "set");
  return {};
}

Result<Bootloader> parseLinux(const std::vector<KeyValue>& options) {
  LinuxBoot boot;
  for (const KeyValue& option : options) {
    if (option.key == "kernel")
      boot.kernel = option.value;
    else if (option.key == "initrd")
      boot.initrd = option.value;
    else if (option.key == "cmdline")
      boot.cmdline = stripOuterQuotes(option.value);
    else
      return usage(fmt::format("unknown option for linux bootloaders: {}", option.key));
  }
  return Bootloader{std::move(boot)};
}

Result<Bootloader> parseEfi(const std::vector<KeyValue>& options) {
  EfiBoot boot;
  for (const KeyValue& option : options) {
    if (option.key == "variable-store") {
      boot.variableStore = option.value;
    } else if (option.key == "create") {
      if (!option.value.empty())
        return usage(fmt::format("unexpected value for EFI bootloader 'create' option: {}", option.value));
      boot.create = true;
    } else {
      return usage(fmt::format("unknown option for EFI bootloaders: {}", option.key));
    }
  }
  return Bootloader{std::move(boot)};
}

Result<Bootloader> parseMacos(const std::vector<KeyValue>& options) {
  MacosBoot boot;
  for (const KeyValue& option : options) {
    if (option.key == "machineIdentifierPath")
      boot.machineIdentifier = option.value;
    else if (option.key == "hardwareModelPath")
      boot.hardwareModel = option.value;
    else if (option.key == "auxImagePath")
      boot.auxImage = option.value;
    else
      return usage(fmt::format("unknown option for macOS bootloaders: {}", option.key));
  }
  return Bootloader{std::move(boot)};
}

Result<Bootloader> parseBootloader(const std::vector<std::string>& elements) {
  if (elements.empty()) return usage("empty option list in --bootloader command line argument");
  const std::vector<KeyValue> options = optionsOf(std::span(elements).subspan(1));
  if (elements[0] == "linux") return parseLinux(options);
  if (elements[0] == "efi") return parseEfi(options);
  if (elements[0] == "macos") return parseMacos(options);
  return usage(fmt::format("unknown bootloader type: {}", elements[0]));
}

Result<Verbosity> parseLogLevel(const std::string& level) {
  if (level.empty() || level == "info") return Verbosity::Info;
  if (level == "error") return Verbosity::Error;
  if (level == "debug") return Verbosity::Debug;
  return usage(fmt::format("unknown log level: {}", level));
}

Result<std::optional<std::uint32_t>> parseTimesync(const std::string& value) {
  if (value.empty()) return std::optional<std::uint32_t>();
  std::uint32_t port = 0;
  for (const KeyValue& option : optionsOf(splitAtCommas(value))) {
    if (option.key != "vsockPort") return usage(fmt::format("unknown option for timesync parameter: {}", option.key));
    auto parsed = golang::parseDecimal(option.value, 32);
    if (!parsed) return std::move(parsed).error();
    port = static_cast<std::uint32_t>(*parsed);
  }
  if (port == 0) return usage("missing 'vsockPort' option for timesync parameter");
  return std::optional(port);
}

/// The three flags given with nothing in them are as if they were not given.
Result<Bootloader> chooseBootloader(const Words& words) {
  const LinuxBoot& legacy = words.legacy;
  if (legacy.kernel.empty() && legacy.initrd.empty() && legacy.cmdline.empty())
    return parseBootloader(words.bootloader);
  return Bootloader{legacy};
}

Result<void> takeMachine(Options& options, const Words& words) {
  auto bootloader = chooseBootloader(words);
  if (!bootloader) return std::move(bootloader).error();
  options.bootloader = *std::move(bootloader);
  if (words.nested && std::holds_alternative<MacosBoot>(options.bootloader))
    return usage("nested virtualization is not supported for macOS virtual machines");
  auto timesync = parseTimesync(words.timesync);
  if (!timesync) return std::move(timesync).error();
  options.timesyncPort = *timesync;
  for (const std::string& word : words.devices) {
    auto device = parseDevice(word);
    if (!device) return std::move(device).error();
    options.devices.push_back(*std::move(device));
  }
  if (words.ignition.find(',') != std::string::npos)
    return usage("ignition only accepts one option in command line argument");
  auto rest = parseRestAddress(words.restUri);
  if (!rest) return std::move(rest).error();
  options.rest = *std::move(rest);
  return {};
}

}  // namespace

Result<Options> parseCommandLine(std::span<const std::string> arguments) {
  Words words;
  std::vector<golang::Flag> flags = flagsInto(words);
  if (auto parsed = golang::parseFlags(flags, arguments); !parsed) return std::move(parsed).error();
  Options options;
  if (words.help || words.version) {
    options.request = words.help ? Request::Help : Request::Version;
    return options;
  }
  if (auto trio = checkTrio(flags); !trio) return std::move(trio).error();
  auto verbosity = parseLogLevel(words.logLevel);
  if (!verbosity) return std::move(verbosity).error();
  options.verbosity = *verbosity;
  options.cpus = words.cpus;
  options.memoryMiB = words.memory;
  options.gui = words.gui;
  options.nested = words.nested;
  options.pidfile = words.pidfile;
  options.ignition = words.ignition;
  options.cloudInit = words.cloudInit;
  if (auto taken = takeMachine(options, words); !taken) return std::move(taken).error();
  return options;
}

std::string_view usageText() {
  return R"(Usage:
  vfkit [flags]

Flags:
  -b, --bootloader strings      bootloader configuration
      --cloud-init strings      path to user-data and meta-data cloud-init configuration files
  -c, --cpus uint               number of virtual CPUs (default 1)
  -d, --device stringArray      devices
      --gui                     display the contents of the virtual machine onto a graphical user interface
  -h, --help                    help for vfkit
      --ignition string         path to the ignition configuration file
  -i, --initrd string           path to the virtual machine initrd
  -k, --kernel string           path to the virtual machine linux kernel
  -C, --kernel-cmdline string   linux kernel command line
      --log-level string        set log level
  -m, --memory uint             virtual machine RAM size in mibibytes (default 512)
  -n, --nested                  enable nested virtualization
      --pidfile string          path to the pid file
      --restful-uri string      URI address for RESTful services (default "none://")
  -t, --timesync string         sync guest time when host wakes up from sleep
  -v, --version                 version for vfkit
)";
}

}  // namespace microvm::vfkit
