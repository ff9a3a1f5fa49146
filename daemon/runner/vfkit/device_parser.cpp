#include "daemon/runner/vfkit/device_parser.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include <fmt/core.h>

#include "daemon/runner/golang/values.hpp"
#include "daemon/runner/vfkit/disk_image.hpp"
#include "daemon/runner/vfkit/string_list.hpp"
#include "daemon/runner/vfkit/usage_error.hpp"

namespace microvm::vfkit {
namespace {

using OptionList = std::vector<KeyValue>;

Error unknownOption(std::string_view device, const KeyValue& option) {
  return usage(fmt::format("unknown option for {} devices: {}", device, option.key));
}

/// Options that are switches take no value. `what` is how vfkit calls the option.
Result<void> expectNoValue(std::string_view what, const KeyValue& option) {
  if (option.value.empty()) return {};
  return usage(fmt::format("unexpected value for {} option: {}", what, option.value));
}

/// Of every kind of disk, in vfkit's words.
Result<void> applyReadOnly(bool& readOnly, const KeyValue& option) {
  readOnly = true;
  return expectNoValue("virtio-blk 'readonly'", option);
}

Result<void> applyDiskOption(Disk& disk, std::string_view device, const KeyValue& option) {
  if (option.key == "path") {
    disk.path = option.value;
  } else if (option.key == "type") {
    if (option.value != "image" && option.value != "dev" && !option.value.empty())
      return usage(fmt::format("unexpected value for disk 'type' option: {}", option.value));
    disk.type = option.value;
  } else if (option.key == "readonly") {
    return applyReadOnly(disk.readOnly, option);
  } else if (option.key == "deviceId" && disk.bus == DiskBus::VirtioBlk) {
    disk.deviceId = option.value;
  } else {
    return unknownOption(device, option);
  }
  return {};
}

Result<Device> parseDisk(DiskBus bus, std::string_view device, const OptionList& options) {
  Disk disk;
  disk.bus = bus;
  for (const KeyValue& option : options)
    if (auto applied = applyDiskOption(disk, device, option); !applied) return std::move(applied).error();
  if (bus == DiskBus::VirtioBlk)
    if (auto checked = checkDiskImage(disk.path); !checked) return std::move(checked).error();
  return Device{std::move(disk)};
}

Result<Device> parseVirtioBlk(const OptionList& options) {
  return parseDisk(DiskBus::VirtioBlk, "virtio-blk", options);
}
Result<Device> parseNvme(const OptionList& options) {
  return parseDisk(DiskBus::Nvme, "nvme", options);
}
Result<Device> parseUsb(const OptionList& options) {
  return parseDisk(DiskBus::Usb, "usb-mass-storage", options);
}

Result<Device> parseNbd(const OptionList& options) {
  Nbd nbd;
  for (const KeyValue& option : options) {
    if (option.key == "uri") {
      nbd.uri = option.value;
    } else if (option.key == "deviceId") {
      nbd.deviceId = option.value;
    } else if (option.key == "timeout") {
      auto timeout = golang::parseSignedDecimal(option.value, 32);
      if (!timeout) return std::move(timeout).error();
      nbd.timeoutMs = *timeout;
    } else if (option.key == "sync") {
      if (option.value != "full" && option.value != "none")
        return usage(fmt::format("invalid sync mode: {}, must be 'full' or 'none'", option.value));
      nbd.sync = option.value;
    } else if (option.key == "readonly") {
      if (auto bare = applyReadOnly(nbd.readOnly, option); !bare) return std::move(bare).error();
    } else {
      return unknownOption("nbd", option);
    }
  }
  return Device{std::move(nbd)};
}

Result<Device> parseShare(const OptionList& options) {
  Share share;
  for (const KeyValue& option : options) {
    if (option.key == "sharedDir")
      share.folder = option.value;
    else if (option.key == "mountTag")
      share.tag = option.value;
    else
      return unknownOption("virtio-fs", option);
  }
  return Device{std::move(share)};
}

/// What virtio-net was given; which of it goes together is checked once all is read.
struct NetOptions {
  Net net;
  bool nat = false;
  std::optional<int> descriptor;
  bool hasType = false;
  std::string needsType;  ///< the first option that is nothing without a type
};

Result<void> applyMac(NetOptions& read, const KeyValue& option) {
  auto mac = golang::parseMac(option.value);
  if (!mac) return std::move(mac).error();
  read.net.mac = *std::move(mac);
  return {};
}

Result<void> applyDescriptor(NetOptions& read, const KeyValue& option) {
  constexpr std::int64_t kMost = 2147483647;
  auto number = golang::parseSignedDecimal(option.value, 64, "Atoi");
  if (!number) return std::move(number).error();
  if (*number < 0 || *number > kMost) return usage(fmt::format("invalid fd for virtio-net device: {}", option.value));
  read.descriptor = static_cast<int>(*number);
  return {};
}

Result<void> applyNat(NetOptions& read, const KeyValue& option) {
  read.nat = true;
  return expectNoValue("virtio-net 'nat'", option);
}

Result<void> applySocketPath(NetOptions& read, const KeyValue& option) {
  read.net.socketPath = option.value;
  if (option.key == "path" && read.needsType.empty()) read.needsType = option.key;
  return {};
}

Result<void> applyType(NetOptions& read, const KeyValue& option) {
  read.hasType = true;
  if (option.value == "unixgram") return {};
  return usage(fmt::format("unsupported virtio-net type: {} (only 'unixgram' is supported)", option.value));
}

Result<void> applyMagic(NetOptions& read, const KeyValue& option) {
  read.net.magic = option.value == "on";
  if (option.value == "on" || option.value == "off") return {};
  return usage(fmt::format("invalid value for vfkitMagic: {} (expected on/off)", option.value));
}

Result<void> applyOffloading(NetOptions& read, const KeyValue& option) {
  if (read.needsType.empty()) read.needsType = option.key;
  if (option.value == "off") return {};
  return usage(fmt::format("invalid value for offloading: {} (only 'off' is supported)", option.value));
}

struct NetOption {
  std::string_view name;
  Result<void> (*apply)(NetOptions&, const KeyValue&);
};

constexpr std::array<NetOption, 8> kNetOptions{{{"nat", applyNat},
                                                {"mac", applyMac},
                                                {"fd", applyDescriptor},
                                                {"unixSocketPath", applySocketPath},
                                                {"path", applySocketPath},
                                                {"type", applyType},
                                                {"vfkitMagic", applyMagic},
                                                {"offloading", applyOffloading}}};

Result<void> applyNetOption(NetOptions& read, const KeyValue& option) {
  for (const NetOption& known : kNetOptions)
    if (known.name == option.key) return known.apply(read, option);
  return unknownOption("virtio-net", option);
}

Result<Device> combine(NetOptions read) {
  const bool hasSocket = !read.net.socketPath.empty();
  if (read.hasType && !hasSocket) return usage("'type' option requires 'path' to be specified");
  if (!read.hasType && !read.needsType.empty())
    return usage(fmt::format("'{}' option requires 'type' to be specified", read.needsType));
  if (read.nat && read.descriptor) return usage("'nat' and 'fd' cannot be set at the same time");
  if (read.nat && hasSocket) return usage("'nat' and 'unixSocketPath' cannot be set at the same time");
  if (read.descriptor && hasSocket) return usage("'fd' and 'unixSocketPath' cannot be set at the same time");
  if (!read.nat && !read.descriptor && !hasSocket) return usage("one of 'nat' or 'fd' or 'unixSocketPath' must be set");
  read.net.kind = read.nat ? NetKind::Nat : (read.descriptor ? NetKind::Descriptor : NetKind::UnixSocket);
  read.net.descriptor = read.descriptor.value_or(-1);
  return Device{std::move(read.net)};
}

Result<Device> parseNet(const OptionList& options) {
  NetOptions read;
  // The magic goes with the name of a path, whether there is one or not, until an option says otherwise.
  read.net.magic = std::any_of(options.begin(), options.end(), [](const KeyValue& option) {
    return option.key == "path" || option.key == "unixSocketPath";
  });
  for (const KeyValue& option : options)
    if (auto applied = applyNetOption(read, option); !applied) return std::move(applied).error();
  return combine(std::move(read));
}

Result<Device> parseVsock(const OptionList& options) {
  Vsock vsock;
  for (const KeyValue& option : options) {
    if (option.key == "port") {
      auto port = golang::parseDecimal(option.value, 32);
      if (!port) return std::move(port).error();
      vsock.port = static_cast<std::uint32_t>(*port);
    } else if (option.key == "socketURL") {
      vsock.socketUrl = option.value;
    } else if (option.key == "listen") {
      vsock.listen = true;
    } else if (option.key == "connect") {
      vsock.listen = false;
    } else {
      return unknownOption("virtio-vsock", option);
    }
  }
  return Device{std::move(vsock)};
}

Result<Device> parseSerial(const OptionList& options) {
  std::string logFile;
  bool stdio = false;
  bool pty = false;
  for (const KeyValue& option : options) {
    if (option.key == "logFilePath") {
      logFile = option.value;
    } else if (option.key == "stdio") {
      if (auto bare = expectNoValue("virtio-serial 'stdio'", option); !bare) return std::move(bare).error();
      stdio = true;
    } else if (option.key == "pty") {
      pty = true;
    } else {
      return unknownOption("virtio-serial", option);
    }
  }
  const auto both = [](std::string_view one, std::string_view other) {
    return usage(fmt::format("'{}' and '{}' cannot be set at the same time", one, other));
  };
  if (!logFile.empty() && stdio) return both("logFilePath", "stdio");
  if (!logFile.empty() && pty) return both("logFilePath", "pty");
  if (stdio && pty) return both("stdio", "pty");
  if (logFile.empty() && !stdio && !pty) return usage("one of 'logFilePath', 'stdio' or 'pty' must be set");
  Serial serial;
  serial.kind = pty ? SerialKind::Pty : (stdio ? SerialKind::Stdio : SerialKind::LogFile);
  serial.logFile = std::move(logFile);
  return Device{std::move(serial)};
}

/// What Go prints of a list of options.
std::string shown(const OptionList& options) {
  std::string text;
  for (const KeyValue& option : options)
    text += fmt::format("{}{{{} {}}}", text.empty() ? "" : " ", option.key, option.value);
  return "[" + text + "]";
}

template <class Bare>
Result<Device> parseBare(std::string_view device, const OptionList& options) {
  if (!options.empty()) return usage(fmt::format("unknown options for {} devices: {}", device, shown(options)));
  return Device{Bare{}};
}
Result<Device> parseRng(const OptionList& options) {
  return parseBare<Rng>("virtio-rng", options);
}
Result<Device> parseBalloon(const OptionList& options) {
  return parseBare<Balloon>("virtio-balloon", options);
}

Result<Device> parseGpu(const OptionList& options) {
  Gpu gpu;
  gpu.width = gpu.height = 0;
  for (const KeyValue& option : options) {
    const bool isWidth = option.key == "width";
    if (!isWidth && option.key != "height") return unknownOption("virtio-gpu", option);
    auto size = golang::parseSignedDecimal(option.value, 64, "Atoi");
    if (!size || *size < 1) return usage(fmt::format("invalid value for virtio-gpu {}: {}", option.key, option.value));
    (isWidth ? gpu.width : gpu.height) = *size;
  }
  if (gpu.width == 0 && gpu.height == 0) return Device{Gpu{}};
  if (gpu.width < 1 || gpu.height < 1)
    return usage(fmt::format("invalid dimensions for virtio-gpu device resolution: {}x{}", gpu.width, gpu.height));
  return Device{gpu};
}

Result<Device> parseInput(const OptionList& options) {
  Input input;
  for (const KeyValue& option : options) {
    if (option.key != "keyboard" && option.key != "pointing") return unknownOption("virtio-input", option);
    if (auto bare = expectNoValue("virtio-input " + option.key, option); !bare) return std::move(bare).error();
    input.kind = option.key;
  }
  if (input.kind.empty()) return usage("unknown option for virtio-input devices: ");
  return Device{std::move(input)};
}

Result<Device> parseRosetta(const OptionList& options) {
  Rosetta rosetta;
  for (const KeyValue& option : options) {
    if (option.key == "mountTag")
      rosetta.tag = option.value;
    else if (option.key == "install")
      rosetta.install = true;
    else if (option.key == "ignore-if-missing")
      rosetta.ignoreIfMissing = true;
    else
      return usage(fmt::format("unknown option for rosetta share: {}", option.key));
  }
  return Device{std::move(rosetta)};
}

struct DeviceParser {
  std::string_view name;
  Result<Device> (*parse)(const OptionList&);
};

constexpr std::array<DeviceParser, 13> kParsers{{
    {"virtio-blk", parseVirtioBlk},
    {"nvme", parseNvme},
    {"usb-mass-storage", parseUsb},
    {"nbd", parseNbd},
    {"virtio-fs", parseShare},
    {"virtio-net", parseNet},
    {"virtio-vsock", parseVsock},
    {"virtio-serial", parseSerial},
    {"virtio-rng", parseRng},
    {"virtio-balloon", parseBalloon},
    {"virtio-gpu", parseGpu},
    {"virtio-input", parseInput},
    {"rosetta", parseRosetta},
}};

}  // namespace

Result<Device> parseDevice(std::string_view text) {
  const std::vector<std::string> elements = splitAtCommas(text);
  for (const DeviceParser& parser : kParsers)
    if (parser.name == elements.front()) return parser.parse(optionsOf(std::span(elements).subspan(1)));
  return usage(fmt::format("unknown device type: {}", elements.front()));
}

}  // namespace microvm::vfkit
