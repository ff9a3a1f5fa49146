// What a VM is, as its owner wants it. Plain values; checked once, by validate().
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "api/core/size.hpp"
#include "api/core/time.hpp"

namespace microvm {

/// Which program runs the VM. Auto is vfkit on macOS and vfkit-qemu on Linux.
enum class RunnerKind { Auto, Vfkit, Qemu };

struct LinuxBoot {
  std::string kernel;                 ///< absolute path
  std::optional<std::string> initrd;  ///< absolute path
  std::vector<std::string> cmdline;   ///< kernel parameters; "console=hvc0" is put in front when none names a console
  bool operator==(const LinuxBoot&) const = default;
};

struct Volume {
  std::string image;                  ///< absolute path of a raw image
  std::optional<std::uint64_t> size;  ///< bytes; needed for autoCreate
  bool autoCreate = false;            ///< make a sparse image of `size` when there is none
  bool readOnly = false;
  std::string serial;  ///< at most 20 bytes of [A-Za-z0-9._-]; empty for none
  bool operator==(const Volume&) const = default;
};

struct Share {
  std::string tag;     ///< what the guest mounts; fewer than 36 bytes
  std::string source;  ///< absolute path of a folder
  bool operator==(const Share&) const = default;
};

enum class InterfaceType { Nat };

struct Interface {
  InterfaceType type = InterfaceType::Nat;
  std::string mac;  ///< "02:00:00:01:01:01"; given one at creation when empty, and kept
  bool operator==(const Interface&) const = default;
};

/// The console's log: segments of `size` bytes, the newest `keep` of them.
struct ConsoleSettings {
  std::uint64_t size = 8 * kMiB;
  unsigned keep = 4;
  bool operator==(const ConsoleSettings&) const = default;
};

struct StopSettings {
  Milliseconds timeout{30'000};  ///< from the power button to the next rung
  bool escalate = true;          ///< false: stop at the first rung and report a timeout
  bool operator==(const StopSettings&) const = default;
};

enum class RunnerLogLevel { Error, Info, Debug };

struct Definition {
  std::string name;
  std::map<std::string, std::string> labels;
  RunnerKind runner = RunnerKind::Auto;
  unsigned cpus = 1;
  std::uint64_t memory = 512 * kMiB;  ///< bytes, a multiple of 1 MiB
  LinuxBoot boot;
  std::vector<Volume> volumes;
  std::vector<Share> shares;
  std::vector<Interface> interfaces;
  ConsoleSettings console;
  StopSettings stop;
  RunnerLogLevel logLevel = RunnerLogLevel::Info;

  bool operator==(const Definition&) const = default;
};

/// Checks every member that can be checked without touching the host. All errors at once (Errc::Invalid, FieldError
/// pointers into the API form: /metadata/name, /spec/volumes/0/image). Success says nothing about files: see
/// daemon/service for those.
Result<void> validate(const Definition& definition);

/// What is wrong with a time for the guest to stop, if anything. For a stop request that brings its own.
std::optional<std::string> stopTimeoutProblem(Milliseconds timeout);

/// The kernel's command line: the entries, with "console=hvc0" in front unless one of them names a console.
std::string kernelCommandLine(const LinuxBoot& boot);

}  // namespace microvm
