#include "daemon/runner/vfkit/encoder.hpp"

#include <fmt/format.h>

#include "api/core/text.hpp"

namespace microvm {

namespace {

constexpr std::size_t kLongestSocketPath = 103;  // sun_path of macOS has 104 bytes with the NUL

/// Collects arguments, and what cannot be one.
class CommandLine {
public:
  void word(std::string text) { words_.push_back(std::move(text)); }

  /// An argument of its own: vfkit takes it as it is.
  void option(std::string flag, const std::string& value, const std::string& pointer) {
    checkText(value, pointer);
    word(std::move(flag));
    word(value);
  }

  /// A value inside a device's list, which vfkit splits at every comma and where nothing can be quoted.
  std::string deviceValue(std::string_view key, const std::string& value, const std::string& pointer) {
    checkText(value, pointer);
    if (value.find(',') != std::string::npos) {
      errors_.push_back({pointer, inQuotes(value) + " has a comma, at which vfkit splits; use a name without one"});
    }
    return fmt::format(",{}={}", key, value);
  }

  void device(std::string text) {
    word("--device");
    word(std::move(text));
  }

  void refuse(const std::string& pointer, std::string detail) { errors_.push_back({pointer, std::move(detail)}); }

  Result<std::vector<std::string>> take() && {
    if (!errors_.empty()) return invalidMembers(std::move(errors_));
    return std::move(words_);
  }

private:
  void checkText(const std::string& value, const std::string& pointer) {
    if (value.empty()) {
      refuse(pointer, "is empty");
    } else if (value.find('\0') != std::string::npos || !isUtf8(value)) {
      refuse(pointer, inQuotes(value) + " is not UTF-8 without NUL, which is all that vfkit takes");
    }
  }

  std::vector<std::string> words_;
  std::vector<FieldError> errors_;
};

std::string_view logLevelOf(RunnerLogLevel level) {
  switch (level) {
    case RunnerLogLevel::Error:
    case RunnerLogLevel::Info:
      return "info";
    case RunnerLogLevel::Debug:
      return "debug";
  }
  return "info";
}

void addBoot(const Definition& definition, const EncodeOptions& options, CommandLine& line) {
  const std::string pointer = "/spec/boot/linux";
  const auto* linuxBoot = std::get_if<LinuxBoot>(&definition.boot);
  if (linuxBoot == nullptr) return line.refuse("/spec/boot/efi", "cannot be booted yet");
  const LinuxBoot& boot = *linuxBoot;
  line.option("--kernel", boot.kernel, pointer + "/kernel");
  line.option("--initrd", boot.initrd.value_or(options.emptyInitrd), pointer + "/initrd");
  line.option("--kernel-cmdline", kernelCommandLine(boot, definition.graphics), pointer + "/cmdline");
}

void addVolume(const Volume& volume, const std::string& pointer, CommandLine& line) {
  const auto* image = std::get_if<ImageFile>(&volume.source);
  if (image == nullptr) return line.refuse(pointer, "cannot be attached yet");
  std::string device = "virtio-blk" + line.deviceValue("path", image->path, pointer + "/image");
  if (volume.readOnly) device += ",readonly";
  if (!volume.serial.empty()) device += line.deviceValue("deviceId", volume.serial, pointer + "/serial");
  line.device(std::move(device));
}

void addShare(const Share& share, const std::string& pointer, CommandLine& line) {
  // A statement each: which operand of a sum comes first, and so which error, is the compiler's choice.
  std::string device = "virtio-fs" + line.deviceValue("sharedDir", share.source, pointer + "/source");
  device += line.deviceValue("mountTag", share.tag, pointer + "/tag");
  line.device(std::move(device));
}

void addInterface(const Interface& interface, const std::string& pointer, CommandLine& line) {
  if (interface.mac.empty()) {
    line.refuse(pointer + "/mac", "is empty; vfkit would choose another address at every start");
    return;
  }
  switch (interface.type) {
    case InterfaceType::Nat:
      line.device("virtio-net,nat" + line.deviceValue("mac", interface.mac, pointer + "/mac"));
      return;
    case InterfaceType::Unixgram:
      return line.refuse(pointer + "/type", "cannot be attached yet");
  }
}

void addDevices(const Definition& definition, CommandLine& line) {
  line.device("virtio-rng");
  line.device("virtio-serial,pty");
  for (std::size_t i = 0; i < definition.volumes.size(); ++i) {
    addVolume(definition.volumes[i], fmt::format("/spec/volumes/{}", i), line);
  }
  for (std::size_t i = 0; i < definition.shares.size(); ++i) {
    addShare(definition.shares[i], fmt::format("/spec/shares/{}", i), line);
  }
  for (std::size_t i = 0; i < definition.interfaces.size(); ++i) {
    addInterface(definition.interfaces[i], fmt::format("/spec/interfaces/{}", i), line);
  }
}

/// vfkit reads the socket as a URI: "%" begins an escape and "?" would end the path.
std::string socketUri(const std::string& path) {
  std::string uri = "unix://";
  for (const char c : path) {
    if (c == '%') {
      uri += "%25";
    } else if (c == '?') {
      uri += "%3F";
    } else {
      uri += c;
    }
  }
  return uri;
}

void addSocket(const std::string& path, CommandLine& line) {
  const bool isShort = path.size() <= kLongestSocketPath;
  if (!isShort || !path.starts_with('/') || hasControlCharacters(path)) {
    line.refuse("", fmt::format("the runner's socket {} is not an absolute path of at most {} bytes; choose a shorter "
                                "run folder",
                                inQuotes(path), kLongestSocketPath));
  }
  line.word("--restful-uri");
  line.word(socketUri(path));
}

}  // namespace

Result<std::vector<std::string>> encodeCommandLine(const Definition& definition, const EncodeOptions& options) {
  CommandLine line;
  line.word(options.program);
  line.word("--cpus");
  line.word(std::to_string(definition.cpus));
  line.word("--memory");
  line.word(std::to_string(definition.memory / kMiB));
  line.word("--log-level");
  line.word(std::string(logLevelOf(definition.logLevel)));
  addBoot(definition, options, line);
  addDevices(definition, line);
  addSocket(options.socketPath, line);
  return std::move(line).take();
}

}  // namespace microvm
