// microvmd: see docs/developing.md for how it is built up.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "api/core/log_file.hpp"
#include "api/core/logging.hpp"
#include "daemon/app/daemon.hpp"
#include "daemon/app/maintenance.hpp"
#include "daemon/app/options.hpp"

namespace {

std::optional<std::string> environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

int fail(const microvm::Error& error) {
  std::fprintf(stderr, "microvmd: %s\n", error.detail.c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "Try: %s\n", error.hint.c_str());
  return error.code == microvm::Errc::Usage ? 2 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const auto line = microvm::parseCommandLine(std::vector<std::string>(argv + 1, argv + argc), environment);
  if (!line) return fail(line.error());
  if (line->text) {
    std::fputs(line->text->c_str(), stdout);
    return 0;
  }
  if (microvm::isMaintenance(line->options)) {
    const auto done = microvm::runMaintenance(line->options);
    if (!done) return fail(done.error());
    std::fputs(done->c_str(), stdout);
    return 0;
  }
  if (!line->options.logFile.empty()) {
    if (const auto opened = microvm::logToFile({line->options.logFile}); !opened) return fail(opened.error());
  }
  const auto ran = microvm::runDaemon(line->options, environment);
  if (ran) return 0;
  if (!line->options.logFile.empty()) microvm::logError("microvmd ends: {}", ran.error().detail);
  return fail(ran.error());
}
