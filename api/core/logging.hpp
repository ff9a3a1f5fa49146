// The log: one line per entry on standard error, "time level message key=value". Only api/core/logging.cpp knows
// spdlog.
#pragma once
#include <concepts>
#include <string>
#include <string_view>

#include <fmt/core.h>

namespace microvm {

/// error = we could not do it; warn = odd; info = a state changed; debug = for us.
enum class LogLevel { Debug, Info, Warn, Error, Off };

/// Entries below this level are dropped. The default is Info.
void setLogLevel(LogLevel level);
bool isLogged(LogLevel level);

/// Writes one entry; line breaks and control characters in the text are escaped.
void writeLog(LogLevel level, std::string_view text);

template <class... Args>
void log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  if (isLogged(level)) writeLog(level, fmt::format(format, std::forward<Args>(args)...));
}

/// Something that an entry can belong to: what its trace() says stands behind the text, " request=1f2e3d4c" for one.
template <class T>
concept Traceable = !std::convertible_to<const T&, std::string_view> && requires(const T& subject) {
  { trace(subject) } -> std::convertible_to<std::string>;
};

template <Traceable Subject, class... Args>
void log(LogLevel level, const Subject& subject, fmt::format_string<Args...> format, Args&&... args) {
  if (isLogged(level)) writeLog(level, fmt::format(format, std::forward<Args>(args)...) + trace(subject));
}
template <Traceable Subject, class... Args>
void logDebug(const Subject& subject, fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::Debug, subject, format, std::forward<Args>(args)...);
}
template <Traceable Subject, class... Args>
void logInfo(const Subject& subject, fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::Info, subject, format, std::forward<Args>(args)...);
}
template <Traceable Subject, class... Args>
void logWarn(const Subject& subject, fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::Warn, subject, format, std::forward<Args>(args)...);
}
template <Traceable Subject, class... Args>
void logError(const Subject& subject, fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::Error, subject, format, std::forward<Args>(args)...);
}

template <class... Args>
void logDebug(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::Debug, format, std::forward<Args>(args)...);
}
template <class... Args>
void logInfo(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::Info, format, std::forward<Args>(args)...);
}
template <class... Args>
void logWarn(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::Warn, format, std::forward<Args>(args)...);
}
template <class... Args>
void logError(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::Error, format, std::forward<Args>(args)...);
}

}  // namespace microvm
