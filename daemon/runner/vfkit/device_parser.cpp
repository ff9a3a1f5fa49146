#include "daemon/runner/vfkit/device_parser.hpp"

#include <array>
#include <optional>
#include <vector>

#include <fmt/core.h>

#include "daemon/runner/vfkit/disk_image.hpp"
#include "daemon/runner/vfkit/go_values.hpp"
#include "daemon/runner/vfkit/string_list.hpp"

namespace microvm::vfkit {
namespace {

using OptionList = std::vector<KeyValue>;

Error usage(std::string detail) {
  return Error{Errc::Usage, std::move(detail), {}, {}};
}

Error unknownOption(std::string_view device, const KeyValue& option) {
  return usage(fmt::format("unknown option for {} devices: {}", device, option.key));
}

/// Options that are switches take no value.
Result<void> expectNoValue(std::string_view device, const KeyValue& option) {
  if (option.value.empty()) return {};
  return usage(fmt::format("unexpected value for {} '{}' option: {}", device, option.key, option.value));
}

Result<void> applyDiskOption(Disk& disk, std::string_view device, const KeyValue& option) {
  if (option.key == "path") {
    disk.path = option.value;
  } else if (option.key == "type") {
    if (option.value != "image" && option.value != "dev" && !option.value.empty())
      return usage(fmt::format("invalid value for {} 'type' option: {}", device, option.value));
    disk.type = option.value;
  } else if (option.key == "readonly") {
    disk.readOnly = true;
    return expectNoValue(device, option);
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
      auto timeout = parseSignedDecimal(option.value, 32);
      if (!timeout) return std::move(timeout).error();
      nbd.timeoutMs = *timeout;
    } else if (option.key == "sync") {
      if (option.value != "full" && option.value != "none")
        return usage(fmt::format("invalid sync mode: {}, must be 'full' or 'none'", option.value));
      nbd.sync = option.value;
    } else if (option.key == "readonly") {
      if (auto bare = expectNoValue("nbd", option); !bare) return std::move(bare).error();
      nbd.readOnly = true;
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

/// The options of virtio-net as written; which of them go together is checked once all are read.
struct NetOptions {
  bool nat = false;
  std::optional<int> descriptor;
  std::string socketPath;
  std::string path;
  std::string type;
  std::string offloading;
  std::optional<bool> magic;
  std::string mac;
};

Result<void> applyNetAddress(NetOptions& net, const KeyValue& option) {
  if (option.key == "mac") {
    auto mac = parseMac(option.value);
    if (!mac) return std::move(mac).error();
    net.mac = *mac;
    return {};
  }
  auto number = parseSignedDecimal(option.value, 64, "Atoi");
  if (!number) return std::move(number).error();
  if (*number < 0 || *number > 2147483647)
    return usage(fmt::format("invalid fd for virtio-net device: {}", option.value));
  net.descriptor = static_cast<int>(*number);
  return {};
}

Result<void> applyNetOption(NetOptions& net, const KeyValue& option) {
  if (option.key == "nat") {
    net.nat = true;
    return expectNoValue("virtio-net", option);
  }
  if (option.key == "mac" || option.key == "fd") return applyNetAddress(net, option);
  if (option.key == "unixSocketPath") {
    net.socketPath = option.value;
  } else if (option.key == "path") {
    net.path = option.value;
  } else if (option.key == "type") {
    if (option.value != "unixgram")
      return usage(fmt::format("invalid value for virtio-net 'type' option: {}", option.value));
    net.type = option.value;
  } else if (option.key == "offloading") {
    if (option.value != "off")
      return usage(fmt::format("invalid value for virtio-net 'offloading' option: {}", option.value));
    net.offloading = option.value;
  } else if (option.key == "vfkitMagic") {
    if (option.value != "on" && option.value != "off")
      return usage(fmt::format("invalid value for virtio-net 'vfkitMagic' option: {}", option.value));
    net.magic = option.value == "on";
  } else {
    return unknownOption("virtio-net", option);
  }
  return {};
}

Result<Net> combine(NetOptions options) {
  if (options.type.empty() && !options.path.empty()) return usage("'path' needs 'type=unixgram'");
  if (options.type.empty() && !options.offloading.empty()) return usage("'offloading' needs 'type=unixgram'");
  if (!options.type.empty() && options.path.empty()) return usage("'type=unixgram' needs 'path'");
  if (!options.path.empty()) options.socketPath = options.path;
  if (options.nat && options.descriptor) return usage("'nat' and 'fd' cannot be set at the same time");
  if (options.nat && !options.socketPath.empty())
    return usage("'nat' and 'unixSocketPath' cannot be set at the same time");
  if (options.descriptor && !options.socketPath.empty())
    return usage("'fd' and 'unixSocketPath' cannot be set at the same time");
  Net net;
  net.mac = options.mac;
  if (options.nat) {
    net.kind = NetKind::Nat;
  } else if (options.descriptor) {
    net.kind = NetKind::Descriptor;
    net.descriptor = *options.descriptor;
  } else if (!options.socketPath.empty()) {
    net.kind = NetKind::UnixSocket;
    net.socketPath = options.socketPath;
    net.magic = options.magic.value_or(true);
  } else {
    return usage("one of 'nat' or 'fd' or 'unixSocketPath' must be set");
  }
  return net;
}

Result<Device> parseNet(const OptionList& options) {
  NetOptions read;
  for (const KeyValue& option : options)
    if (auto applied = applyNetOption(read, option); !applied) return std::move(applied).error();
  auto net = combine(std::move(read));
  if (!net) return std::move(net).error();
  return Device{*std::move(net)};
}

Result<Device> parseVsock(const OptionList& options) {
  Vsock vsock;
  for (const KeyValue& option : options) {
    if (option.key == "port") {
      auto port = parseDecimal(option.value, 32);
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
      if (auto bare = expectNoValue("virtio-serial", option); !bare) return std::move(bare).error();
      stdio = true;
    } else if (option.key == "pty") {
      pty = true;
    } else {
      return unknownOption("virtio-serial", option);
    }
  }
  const int chosen = (logFile.empty() ? 0 : 1) + (stdio ? 1 : 0) + (pty ? 1 : 0);
  if (chosen > 1) return usage("'logFilePath', 'stdio' and 'pty' cannot be set at the same time");
  if (chosen == 0) return usage("one of 'logFilePath', 'stdio' or 'pty' must be set");
  Serial serial;
  serial.kind = pty ? SerialKind::Pty : (stdio ? SerialKind::Stdio : SerialKind::LogFile);
  serial.logFile = std::move(logFile);
  return Device{std::move(serial)};
}

template <class Bare>
Result<Device> parseBare(std::string_view device, const OptionList& options) {
  if (!options.empty()) return unknownOption(device, options.front());
  return Device{Bare{}};
}
Result<Device> parseRng(const OptionList& options) {
  return parseBare<Rng>("virtio-rng", options);
}
Result<Device> parseBalloon(const OptionList& options) {
  return parseBare<Balloon>("virtio-balloon", options);
}

Result<Device> parseGpu(const OptionList& options) {
  int width = 0;
  int height = 0;
  for (const KeyValue& option : options) {
    const bool isWidth = option.key == "width";
    if (!isWidth && option.key != "height") return unknownOption("virtio-gpu", option);
    auto size = parseSignedDecimal(option.value, 32, "Atoi");
    if (!size || *size < 1) return usage(fmt::format("invalid value for virtio-gpu {}: {}", option.key, option.value));
    (isWidth ? width : height) = static_cast<int>(*size);
  }
  if (width == 0 && height == 0) return Device{Gpu{}};
  if (width < 1 || height < 1)
    return usage(fmt::format("invalid dimensions for virtio-gpu device resolution: {}x{}", width, height));
  return Device{Gpu{width, height}};
}

Result<Device> parseInput(const OptionList& options) {
  Input input;
  for (const KeyValue& option : options) {
    if (option.key != "keyboard" && option.key != "pointing") return unknownOption("virtio-input", option);
    if (auto bare = expectNoValue("virtio-input", option); !bare) return std::move(bare).error();
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
    if (parser.name == elements.front()) return parser.parse(optionsOf(elements));
  return usage(fmt::format("unknown device type: {}", elements.front()));
}

}  // namespace microvm::vfkit
