// What vfkit-qemu says on standard error, in vfkit's form.
#pragma once
#include <string>
#include <string_view>

#include "daemon/runner/vfkit/options.hpp"

namespace microvm::vfkit_qemu {

/// Lines as logrus writes them to a file: time="RFC3339" level=info msg="...". One thread.
class Log {
public:
  explicit Log(vfkit::Verbosity verbosity) : verbosity_(verbosity) {}
  void debug(std::string_view message) const;
  void info(std::string_view message) const;
  void warn(std::string_view message) const;
  void error(std::string_view message) const;
  void fatal(std::string_view message) const;

private:
  vfkit::Verbosity verbosity_;
};

/// One such line, without its end.
std::string logLine(std::string_view time, std::string_view level, std::string_view message);

/// "Error: MESSAGE", the usage, and the plain message as the last line.
void reportFailure(std::string_view message);

/// The line of --version: vfkit's words and the version whose contract is kept, then who we really are.
std::string versionLine();

}  // namespace microvm::vfkit_qemu
