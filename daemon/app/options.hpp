// The daemon's command line and the places it works in.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/core/default_folders.hpp"
#include "api/core/logging.hpp"
#include "api/core/result.hpp"
#include "api/core/size.hpp"
#include "api/core/time.hpp"
#include "daemon/tls/tls_listener.hpp"

namespace microvm {

struct Options {
  std::string stateFolder;  ///< absolute
  std::string runFolder;    ///< absolute, short enough for every socket below it
  std::string socket;       ///< absolute; <run>/api.sock unless given
  std::string vfkit = "vfkit";
  std::string krunkit = "krunkit";
  std::string vfkitQemu = "vfkit-qemu";
  std::string shim = "microvm-shim";
  std::optional<TlsSettings> listen;  ///< a TCP port beside the socket, when asked for
  LogLevel logLevel = LogLevel::Info;
  std::string logFile;  ///< absolute; empty: standard error
  Milliseconds readyTimeout{15'000};
  std::uint64_t minFree = 64 * kMiB;

  /// What to do with the database instead of serving; at most one of them.
  std::optional<std::string> backupFile;
  std::optional<std::string> restoreFile;
  bool isVerifying = false;
};

/// A command line that asks for text and nothing else (--help, --version), or the options.
struct CommandLine {
  std::optional<std::string> text;
  Options options;
};

/// Errc::Usage names the flag and the value.
Result<CommandLine> parseCommandLine(const std::vector<std::string>& arguments, const Environment& environment);

}  // namespace microvm
