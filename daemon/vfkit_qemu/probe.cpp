#include "daemon/vfkit_qemu/probe.hpp"

#include <nlohmann/json.hpp>

#include "api/version/version.hpp"
#include "daemon/process/capture.hpp"
#include "daemon/process/program_lookup.hpp"
#include "daemon/vfkit_qemu/devices/firmware.hpp"
#include "daemon/vfkit_qemu/devices/shared_folders.hpp"
#include "daemon/vfkit_qemu/devices/vsock_device.hpp"
#include "daemon/vfkit_qemu/qemu/accelerator.hpp"

namespace microvm::vfkit_qemu {
namespace {

using Json = nlohmann::ordered_json;

Json orNull(std::string_view text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

struct Qemu {
  std::string program;  ///< empty: none
  std::string version;  ///< empty: it did not say
  std::string why;      ///< why either is empty
};

Qemu findQemu() {
  auto program = findProgram(std::string(programName(hostArchitecture())));
  if (!program) return Qemu{{}, {}, program.error().detail};
  SpawnOptions options;
  options.program = *program;
  options.arguments = {*program, "--version"};
  options.environment = allowedEnvironment();
  const auto said = capture(options);
  if (!said) return Qemu{*std::move(program), {}, said.error().detail};
  std::string version(qemuVersionIn(said->out));
  std::string why = version.empty() ? *program + " --version names no version" : std::string();
  return Qemu{*std::move(program), std::move(version), std::move(why)};
}

/// A QEMU that cannot even say its version runs no guest either.
ChosenAccelerator chooseFor(const Qemu& qemu) {
  const auto self = ownProgram();
  if (qemu.version.empty() || !self) return {Accelerator::Tcg, qemu.why};
  return hostAccelerator(qemu.program, *self);
}

}  // namespace

std::string_view qemuVersionIn(std::string_view text) {
  constexpr std::string_view kBefore = "QEMU emulator version ";
  const auto at = text.find(kBefore);
  if (at == std::string_view::npos) return {};
  const auto rest = text.substr(at + kBefore.size());
  return rest.substr(0, rest.find_first_not_of("0123456789."));
}

std::string probeReport() {
  const Qemu qemu = findQemu();
  const auto [accelerator, why] = chooseFor(qemu);
  const bool isArm = hostArchitecture() == Architecture::Arm64;
  const auto shareServer = findShareServer();
  const auto firmware = installedFirmware(firmwarePlaces(hostArchitecture()));
  const Json report{{"program", "vfkit-qemu"},
                    {"version", version()},
                    {"architecture", isArm ? "arm64" : "x86_64"},
                    {"qemu", orNull(qemu.program)},
                    {"qemuVersion", orNull(qemu.version)},
                    {"machine", isArm ? "virt" : "q35"},
                    {"accelerator", qemu.version.empty() ? Json(nullptr) : Json(nameOf(accelerator))},
                    {"why", why},
                    {"virtiofsd", shareServer ? Json(*shareServer) : Json(nullptr)},
                    {"firmware", firmware.empty() ? Json(nullptr) : Json(firmware.front().code)},
                    {"vsock", openVsock("virtio-vsock").has_value()}};
  return report.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace microvm::vfkit_qemu
