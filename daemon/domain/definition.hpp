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
#include "daemon/domain/definition/boot.hpp"
#include "daemon/domain/definition/devices.hpp"
#include "daemon/domain/definition/policy.hpp"
#include "daemon/domain/definition/readiness.hpp"
#include "daemon/domain/definition/volume.hpp"

namespace microvm {

/// Which program runs the VM. Auto is vfkit on macOS and vfkit-qemu on Linux.
enum class RunnerKind { Auto, Vfkit, Krunkit, Qemu };

enum class RunnerLogLevel { Error, Info, Debug };

struct Definition {
  std::string name;
  std::map<std::string, std::string> labels;
  bool isProtected = false;  ///< it is not deleted before this is taken back
  RunnerKind runner = RunnerKind::Auto;
  unsigned cpus = 1;
  std::uint64_t memory = 512 * kMiB;  ///< bytes, a multiple of 1 MiB
  Boot boot;
  std::vector<Volume> volumes;  ///< in the guest's order
  std::vector<Share> shares;
  std::vector<Interface> interfaces;
  std::vector<VsockPort> vsock;
  ConsoleSettings console;
  Graphics graphics;
  Rosetta rosetta;
  bool balloon = false;
  bool nested = false;
  std::optional<Timesync> timesync;
  std::optional<CloudInit> cloudInit;
  std::optional<std::string> ignition;  ///< absolute path
  RunnerLogLevel logLevel = RunnerLogLevel::Info;
  std::vector<std::string> extraArgs;  ///< for the runner's command line, as they are
  Autostart autostart;
  Restart restart;
  StopSettings stop;
  Readiness readiness;

  bool operator==(const Definition&) const = default;
};

/// Checks every member that can be checked without touching the host and without knowing the runner. All errors at once
/// (Errc::Invalid, FieldError pointers into the API form: /metadata/name, /spec/volumes/0/image). Success says nothing
/// about files (daemon/service) nor about what the runner can do (daemon/domain/capabilities).
Result<void> validate(const Definition& definition);

/// What is wrong with a time for the guest to stop, if anything. For a stop request that brings its own.
std::optional<std::string> stopTimeoutProblem(Milliseconds timeout);

/// The kernel's command line: the entries, with "console=hvc0" in front unless one of them names a console. With a
/// screen "console=tty0 console=hvc0": both show the boot, and the last one is /dev/console.
std::string kernelCommandLine(const LinuxBoot& boot, const Graphics& graphics = {});

}  // namespace microvm
