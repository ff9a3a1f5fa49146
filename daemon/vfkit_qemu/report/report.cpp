#include "daemon/vfkit_qemu/report/report.hpp"

#include <algorithm>
#include <ctime>
#include <unistd.h>

#include <fmt/core.h>

#include "api/version/version.hpp"
#include "daemon/runner/golang/text.hpp"
#include "daemon/runner/vfkit/command_line_parser.hpp"

namespace microvm::vfkit_qemu {
namespace {

constexpr std::string_view kVfkitVersion = "v0.6.4";

/// A line in one write, so that lines of several writers do not mix.
void writeError(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string timeNow() {
  const std::time_t seconds = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec);
}

bool needsQuotes(std::string_view text) {
  constexpr std::string_view kPlain = "-._/@^+";
  return !std::all_of(text.begin(), text.end(), [&](char c) {
    const bool isAlnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return isAlnum || kPlain.find(c) != std::string_view::npos;
  });
}

void say(std::string_view level, std::string_view message) {
  writeError(logLine(timeNow(), level, message) + "\n");
}

}  // namespace

std::string logLine(std::string_view time, std::string_view level, std::string_view message) {
  const std::string text = needsQuotes(message) ? golang::quote(message) : std::string(message);
  return fmt::format("time=\"{}\" level={} msg={}", time, level, text);
}

void Log::debug(std::string_view message) const {
  if (verbosity_ == vfkit::Verbosity::Debug) say("debug", message);
}

void Log::info(std::string_view message) const {
  if (verbosity_ != vfkit::Verbosity::Error) say("info", message);
}

void Log::warn(std::string_view message) const {
  if (verbosity_ != vfkit::Verbosity::Error) say("warning", message);
}

void Log::error(std::string_view message) const {
  say("error", message);
}

void Log::fatal(std::string_view message) const {
  say("fatal", message);
}

void reportFailure(std::string_view message) {
  writeError(fmt::format("Error: {}\n{}\n{}\n", message, vfkit::usageText(), message));
}

std::string versionLine() {
  return fmt::format("vfkit version: {} (vfkit-qemu {})", kVfkitVersion, version());
}

}  // namespace microvm::vfkit_qemu
