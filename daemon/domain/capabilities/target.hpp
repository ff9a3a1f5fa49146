// What a definition is checked and encoded for: a runner of some version on some host.
#pragma once
#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "api/core/result.hpp"
#include "daemon/domain/definition.hpp"

namespace microvm {

struct RunnerVersion {
  int major = 0;
  int minor = 0;
  int patch = 0;
  auto operator<=>(const RunnerVersion&) const = default;
};

/// The newest vfkit whose command line is known, and what vfkit-qemu speaks.
inline constexpr RunnerVersion kNewestVfkit{0, 6, 4};
inline constexpr RunnerVersion kNewestKrunkit{1, 2, 1};

/// The first three whole numbers after an optional "v": "vfkit version: v0.6.4", "krunkit 1.2.1", "v0.6.3-12-gabc1234".
/// Nothing for a text without them.
std::optional<RunnerVersion> parseVersion(std::string_view text);
/// "0.6.4"
std::string formatVersion(const RunnerVersion& version);

enum class HostSystem { Macos, Linux };
enum class Architecture { Arm64, Amd64 };

struct Host {
  HostSystem system = HostSystem::Linux;
  Architecture architecture = Architecture::Amd64;
  bool operator==(const Host&) const = default;
};

/// "darwin-arm64", "darwin-amd64", "linux-amd64", "linux-arm64". Errc::Usage names them.
Result<Host> parseHost(std::string_view text);
std::string formatHost(const Host& host);
/// The one that this program was built for.
Host thisHost();

/// How the guest's instructions run: by Apple's framework (vfkit), or in QEMU or libkrun by hardware or in software.
enum class Accelerator { Vz, Hvf, Kvm, Tcg };
std::string_view toText(Accelerator accelerator);

struct RunnerTarget {
  RunnerKind runner = RunnerKind::Vfkit;  ///< not Auto
  Host host;
  RunnerVersion version = kNewestVfkit;
  Accelerator accelerator = Accelerator::Vz;
  bool operator==(const RunnerTarget&) const = default;
};

/// Auto is vfkit on macOS and qemu on Linux.
RunnerKind runnerOn(const Host& host, RunnerKind asked);
/// The newest version, with the accelerator that such a host has.
RunnerTarget usualTarget(RunnerKind runner, const Host& host);
/// "vfkit", "krunkit", "vfkit-qemu": the program's name.
std::string_view programOf(RunnerKind runner);
/// "vfkit", "krunkit", "qemu": the name in definitions. Errc::Usage for the inverse of any other text.
std::string_view toText(RunnerKind runner);
Result<RunnerKind> parseRunner(std::string_view text);

}  // namespace microvm
