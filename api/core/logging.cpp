#include "api/core/logging.hpp"

#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/stat.h>

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "api/core/file.hpp"
#include "api/core/log_file.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm {
namespace {

spdlog::level::level_enum toSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return spdlog::level::debug;
    case LogLevel::Info:
      return spdlog::level::info;
    case LogLevel::Warn:
      return spdlog::level::warn;
    case LogLevel::Error:
      return spdlog::level::err;
    case LogLevel::Off:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

std::unique_ptr<spdlog::formatter> entryFormat() {
  return std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
}

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_unique<spdlog::logger>("microvm", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_formatter(entryFormat());
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *instance;
}

/// spdlog opens as fopen(3) does: for all to read, and for every child to inherit.
spdlog::file_event_handlers ownersOnly() {
  spdlog::file_event_handlers handlers;
  handlers.before_open = [](const std::string& path) {
    const UniqueFd made(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (made) ::fchmod(made.get(), 0600);
  };
  handlers.after_open = [](const std::string&, std::FILE* file) { ::fcntl(::fileno(file), F_SETFD, FD_CLOEXEC); };
  return handlers;
}

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
      out.push_back(c);
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace

void setLogLevel(LogLevel level) {
  logger().set_level(toSpdlog(level));
}

bool isLogged(LogLevel level) {
  return logger().should_log(toSpdlog(level));
}

Result<void> logToFile(const LogFile& file) {
  const auto end = file.path.rfind('/');
  if (end != std::string::npos && end > 0) {
    if (auto made = makeFolders(file.path.substr(0, end)); !made) return made;
  }
  try {
    auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file.path, file.bytes, file.files - 1, false,
                                                                       ownersOnly());
    sink->set_formatter(entryFormat());
    logger().sinks().assign(1, std::move(sink));
    return {};
  } catch (const spdlog::spdlog_ex& error) {
    return Error{Errc::Io,
                 fmt::format("cannot write the log to {}: {}", file.path, error.what()),
                 "name another file with --log-file",
                 {}};
  }
}

void writeLog(LogLevel level, std::string_view text) {
  logger().log(toSpdlog(level), escaped(text));
}

}  // namespace microvm
