#include "daemon/runner/vfkit/encoder/extra_arguments.hpp"

#include <optional>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "api/core/text.hpp"

namespace microvm {

namespace {

struct ManagedFlag {
  std::string_view name;
  char letter;
  bool isSwitch;
  std::string_view instead;  ///< the way out
};

// The two that are free have no way out.
constexpr ManagedFlag kVfkitFlags[] = {
    {"cpus", 'c', false, "set cpus"},
    {"memory", 'm', false, "set memory"},
    {"bootloader", 'b', false, "set boot"},
    {"kernel", 'k', false, "set boot.linux.kernel"},
    {"initrd", 'i', false, "set boot.linux.initrd"},
    {"kernel-cmdline", 'C', false, "set boot.linux.cmdline"},
    {"restful-uri", 0, false, "the daemon speaks with the runner there"},
    {"gui", 0, true, "set graphics"},
    {"log-level", 0, false, "set logLevel"},
    {"timesync", 't', false, "set timesync"},
    {"ignition", 0, false, "set ignition"},
    {"cloud-init", 0, false, "set cloudInit"},
    {"nested", 'n', true, "set nested"},
    {"version", 'v', true, "the runner would print it and end"},
    {"help", 'h', true, "the runner would print it and end"},
    {"device", 'd', false, ""},
    {"pidfile", 0, false, ""},
};
constexpr ManagedFlag kKrunkitFlags[] = {
    {"cpus", 0, false, "set cpus"},
    {"memory", 0, false, "set memory"},
    {"bootloader", 0, false, "set boot"},
    {"restful-uri", 0, false, "the daemon speaks with the runner there"},
    {"gui", 0, true, "krunkit passes over it"},
    {"krun-log-level", 0, false, "set logLevel"},
    {"timesync", 0, false, "set timesync"},
    {"nested", 0, true, "set nested"},
    {"version", 'V', true, "the runner would print it and end"},
    {"help", 'h', true, "the runner would print it and end"},
    {"device", 0, false, ""},
    {"pidfile", 0, false, ""},
    {"log-file", 0, false, ""},
    {"oem-string", 0, false, ""},
};

struct ManagedDevice {
  std::string_view kind;
  std::string_view instead;
};

constexpr ManagedDevice kDevices[] = {
    {"virtio-blk", "add it to volumes"}, {"nvme", "add it to volumes"},     {"usb-mass-storage", "add it to volumes"},
    {"nbd", "add it to volumes"},        {"virtio-fs", "add it to shares"}, {"virtio-net", "add it to interfaces"},
    {"virtio-vsock", "add it to vsock"}, {"virtio-gpu", "set graphics"},    {"virtio-input", "set graphics"},
    {"rosetta", "set rosetta"},          {"virtio-balloon", "set balloon"}, {"virtio-rng", "every VM has one"},
};

/// "virtio-serial,logFilePath=PATH" and nothing else: one more option could make a second console of it.
bool isLogFile(std::string_view serial) {
  constexpr std::string_view kHead = "virtio-serial,logFilePath=";
  return serial.starts_with(kHead) && serial.size() > kHead.size() &&
         serial.find(',', kHead.size()) == std::string_view::npos;
}

/// A log file beside the console is free; a second console is not.
std::optional<std::string> deviceProblem(std::string_view device) {
  const std::string_view kind = device.substr(0, device.find(','));
  for (const ManagedDevice& managed : kDevices) {
    if (managed.kind == kind) return fmt::format("--device {} is the daemon's: {}", kind, managed.instead);
  }
  if (kind == "virtio-serial" && !isLogFile(device)) {
    return "--device virtio-serial is the daemon's: every VM has a console, and only logFilePath=PATH may be added";
  }
  if (kind.empty()) return "--device needs the name of a device";
  return std::nullopt;
}

struct Reading {
  const ManagedFlag* flag = nullptr;  ///< null: unknown to us, and the runner's to judge
  std::optional<std::string_view> value;
};

Reading readLong(std::span<const ManagedFlag> flags, std::string_view text) {
  const auto equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  Reading reading;
  if (equals != std::string_view::npos) reading.value = text.substr(equals + 1);
  for (const ManagedFlag& flag : flags) {
    if (flag.name == name) reading.flag = &flag;
  }
  return reading;
}

/// "-c4", "-c=4", "-c". The first managed letter of a cluster counts.
Reading readShort(std::span<const ManagedFlag> flags, std::string_view letters) {
  for (std::size_t i = 0; i < letters.size(); ++i) {
    for (const ManagedFlag& flag : flags) {
      if (flag.letter == 0 || flag.letter != letters[i]) continue;
      Reading reading{&flag, std::nullopt};
      std::string_view rest = letters.substr(i + 1);
      if (rest.starts_with('=')) rest.remove_prefix(1);
      if (!rest.empty()) reading.value = rest;
      return reading;
    }
    if (letters[i] == '=') break;
  }
  return {};
}

class Walk {
public:
  Walk(std::span<const ManagedFlag> flags, const std::vector<std::string>& words) : flags_(flags), words_(words) {}

  std::vector<FieldError> problems() {
    while (at_ < words_.size())
      step();
    return std::move(problems_);
  }

private:
  void refuse(std::size_t index, std::string detail) {
    problems_.push_back({fmt::format("/spec/extraArgs/{}", index), std::move(detail)});
  }

  void step() {
    const std::size_t here = at_++;
    const std::string_view word = words_[here];
    if (word == "--") return refuse(here, "-- would make the runner pass over all that follows");
    if (!word.starts_with('-') || word == "-") {
      return refuse(here, inQuotes(word) + " is no flag, and the runner would pass over it");
    }
    Reading reading = word.starts_with("--") ? readLong(flags_, word.substr(2)) : readShort(flags_, word.substr(1));
    takeValue(reading, here);
    if (reading.flag != nullptr) check(reading, here);
  }

  /// A flag takes the next word as its value, whatever it is; one that we do not know, if it does not look like a flag.
  void takeValue(Reading& reading, std::size_t here) {
    if (reading.value || (reading.flag != nullptr && reading.flag->isSwitch)) return;
    if (at_ == words_.size()) {
      if (reading.flag != nullptr) refuse(here, fmt::format("--{} needs a value", reading.flag->name));
      return;
    }
    if (reading.flag == nullptr && words_[at_].starts_with('-')) return;
    reading.value = words_[at_++];
  }

  void check(const Reading& reading, std::size_t here) {
    const ManagedFlag& flag = *reading.flag;
    if (!flag.instead.empty()) return refuse(here, fmt::format("--{} is the daemon's: {}", flag.name, flag.instead));
    if (flag.name != "device" || !reading.value) return;
    if (auto problem = deviceProblem(*reading.value)) refuse(here, std::move(*problem));
  }

  std::span<const ManagedFlag> flags_;
  const std::vector<std::string>& words_;
  std::size_t at_ = 0;
  std::vector<FieldError> problems_;
};

}  // namespace

std::vector<FieldError> extraArgumentProblems(RunnerKind runner, const std::vector<std::string>& words) {
  const bool isKrunkit = runner == RunnerKind::Krunkit;
  const auto flags =
      isKrunkit ? std::span<const ManagedFlag>(kKrunkitFlags) : std::span<const ManagedFlag>(kVfkitFlags);
  return Walk(flags, words).problems();
}

}  // namespace microvm
