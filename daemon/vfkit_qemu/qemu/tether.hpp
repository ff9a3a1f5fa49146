// Children that cannot outlive us.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace microvm::vfkit_qemu {

/// The first word that makes this program a tether: vfkit-qemu --tether PARENT PROGRAM ARGUMENTS...
inline constexpr std::string_view kTether = "--tether";
/// The same for a program that has to be root, of no more than our own user: --tether-as-root PARENT PROGRAM ...
inline constexpr std::string_view kTetherAsRoot = "--tether-as-root";

/// The command line that runs `program` (an absolute path) so that the kernel kills it when our process dies, however
/// it dies. `self` is the path of this program.
std::vector<std::string> tethered(const std::string& self, const std::string& program,
                                  std::vector<std::string> arguments);

/// The same; the program sees itself as root, but can do what our user can.
std::vector<std::string> tetheredAsRoot(const std::string& self, const std::string& program,
                                        std::vector<std::string> arguments);

bool isTether(std::span<const std::string> arguments);

/// What the tether does with the words of such a command line: binds itself to the parent and becomes the program.
/// Returns an exit code only when it cannot, and says why on standard error.
int runTether(std::span<const std::string> arguments);

}  // namespace microvm::vfkit_qemu
