// The real guest that packaging/guest/build makes, under the real runner.
#pragma once
#include <string>
#include <vector>

#include "tests/support/console.hpp"
#include "tests/support/daemon.hpp"

namespace microvm::test {

/// What the guest says on its console once it is up, and its shell's prompt.
inline constexpr const char* kGuestIsUp = "microvm guest is up";
inline constexpr const char* kGuestPrompt = "microvm# ";

/// The runner of this system for real guests: vfkit-qemu on Linux.
std::string realRunner();

/// The spec of a VM with that guest, merged with these members. Throws when MICROVM_GUEST names no guest.
Json guestSpec(const Json& spec = Json::object(), const std::vector<std::string>& cmdline = {});

/// Types a command at the prompt and waits for its end; what it printed.
std::string runInGuest(ConsoleViewer& console, const std::string& command);

}  // namespace microvm::test
