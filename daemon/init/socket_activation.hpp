// A listening socket that was opened before us: by systemd or by launchd, which keep it while we are gone.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm {

/// The name of the API's socket in the unit (FileDescriptorName=) and in the property list (Sockets).
inline constexpr const char* kApiSocketName = "api";

struct PassedSocket {
  std::string name;
  UniqueFd fd;
};

struct ActivatedListener {
  UniqueFd fd;
  std::string path;
};

/// The socket that we were started with; nothing when we were started without one. Call it once, before any process
/// is started: it takes what was passed out of the environment.
Result<std::optional<ActivatedListener>> activatedListener();

/// Of several sockets the one called "api", of one that one. Errc::Usage when it is no listening Unix stream socket.
Result<std::optional<ActivatedListener>> chooseListener(std::vector<PassedSocket> passed);

namespace platform {

/// All of them, closed by exec.
Result<std::vector<PassedSocket>> passedSockets();

}  // namespace platform
}  // namespace microvm
