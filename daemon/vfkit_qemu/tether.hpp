// Children that cannot outlive us.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace microvm::vfkit_qemu {

/// The first word that makes this program a tether: vfkit-qemu --tether PARENT PROGRAM ARGUMENTS...
inline constexpr std::string_view kTether = "--tether";

/// The command line that runs `program` (an absolute path) so that the kernel kills it when our process dies, however
/// it dies. `self` is the path of this program.
std::vector<std::string> tethered(const std::string& self, const std::string& program,
                                  std::vector<std::string> arguments);

/// What the tether does: binds itself to the parent and becomes the program. Returns an exit code only when it cannot.
int runTether(std::span<const std::string> arguments);

}  // namespace microvm::vfkit_qemu
