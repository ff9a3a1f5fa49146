#include "daemon/domain/policy_rules.hpp"

#include <charconv>
#include <limits>
#include <regex.h>
#include <string_view>

#include <fmt/format.h>

#include "api/core/id.hpp"
#include "api/core/text.hpp"
#include "daemon/domain/text_rules.hpp"

namespace microvm {

namespace {

constexpr std::uint64_t kLeastConsoleSize = 64 * kKiB;
constexpr unsigned kMostConsoleSegments = 100;
constexpr Milliseconds kShortestBackoff{100};
constexpr Milliseconds kLongestWait{86'400'000};
constexpr unsigned kMostRestarts = 1000;
constexpr int kMostPriority = 1000;
constexpr std::size_t kMostStartAfter = 64;
constexpr std::size_t kLongestText = 1024;

using Errors = std::vector<FieldError>;

struct Span {
  Milliseconds least;
  Milliseconds most;
};

void checkTime(Milliseconds time, Span span, const std::string& pointer, Errors& errors) {
  if (time >= span.least && time <= span.most) return;
  errors.push_back({pointer, fmt::format("{} is out of range; give {} to {}", formatDuration(time),
                                         formatDuration(span.least), formatDuration(span.most))});
}

void checkConsole(const ConsoleSettings& console, Errors& errors) {
  if (console.size < kLeastConsoleSize || console.size > kLargestConsoleSegment) {
    errors.push_back(
        {"/spec/console/size", fmt::format("{} is out of range; give {} to {}", formatSize(console.size),
                                           formatSize(kLeastConsoleSize), formatSize(kLargestConsoleSegment))});
  }
  if (console.keep < 1 || console.keep > kMostConsoleSegments) {
    errors.push_back(
        {"/spec/console/keep", fmt::format("{} is out of range; give 1 to {}", console.keep, kMostConsoleSegments)});
  }
}

void checkRestart(const Restart& restart, Errors& errors) {
  checkTime(restart.backoff, {kShortestBackoff, kLongestWait}, "/spec/restart/backoff", errors);
  checkTime(restart.within, {kShortestBackoff, kLongestWait}, "/spec/restart/within", errors);
  if (restart.maxBackoff < restart.backoff || restart.maxBackoff > kLongestWait) {
    errors.push_back(
        {"/spec/restart/maxBackoff", fmt::format("{} is out of range; give the backoff of {} at least, and {} at most",
                                                 formatDuration(restart.maxBackoff), formatDuration(restart.backoff),
                                                 formatDuration(kLongestWait))});
  }
  if (restart.giveUpAfter < 1 || restart.giveUpAfter > kMostRestarts) {
    errors.push_back({"/spec/restart/giveUpAfter",
                      fmt::format("{} is out of range; give 1 to {}", restart.giveUpAfter, kMostRestarts)});
  }
}

void checkAutostart(const Autostart& autostart, const std::string& self, Errors& errors) {
  if (autostart.priority < -kMostPriority || autostart.priority > kMostPriority) {
    errors.push_back({"/spec/autostart/priority", fmt::format("{} is out of range; give -{} to {}", autostart.priority,
                                                              kMostPriority, kMostPriority)});
  }
  checkTime(autostart.delay, {Milliseconds(0), kLongestWait}, "/spec/autostart/delay", errors);
  const std::string pointer = "/spec/autostart/startAfter";
  if (!isFew(autostart.startAfter.size(), kMostStartAfter, pointer, errors)) return;
  for (std::size_t i = 0; i < autostart.startAfter.size(); ++i) {
    const std::string& name = autostart.startAfter[i];
    if (!isVmName(name)) {
      errors.push_back({fmt::format("{}/{}", pointer, i), inQuotes(name) + " cannot be the name of a VM"});
    } else if (name == self) {
      errors.push_back({fmt::format("{}/{}", pointer, i), "a VM cannot wait for itself"});
    }
  }
}

bool isOneLine(const std::string& text) {
  return !text.empty() && text.size() <= kLongestText && !hasControlCharacters(text) && isUtf8(text);
}

/// What POSIX says about an extended regular expression, if anything.
std::optional<std::string> expressionProblem(const std::string& expression) {
  regex_t compiled{};
  const int failed = ::regcomp(&compiled, expression.c_str(), REG_EXTENDED | REG_NOSUB);
  if (failed == 0) {
    ::regfree(&compiled);
    return std::nullopt;
  }
  char text[200] = {};
  ::regerror(failed, &compiled, text, sizeof text);
  return text;
}

/// "HOST:PORT", the host not empty and in brackets when it has colons.
bool isAddress(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  const bool isBracketed = host.front() == '[' && host.back() == ']' && host.size() > 2;
  if (host.find_first_of(" /?#@") != std::string_view::npos) return false;
  if (!isBracketed && host.find(':') != std::string_view::npos) return false;
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return failed == std::errc{} && end == digits.data() + digits.size() && port != 0;
}

class ReadinessRules {
public:
  explicit ReadinessRules(Errors& errors) : errors_(errors) {}

  void operator()(const RunnerReadiness&) const {}
  void operator()(const ConsoleReadiness& console) const {
    if (!isOneLine(console.pattern)) return refuse("console", inQuotes(console.pattern) + " is not one line of text");
    if (const auto problem = expressionProblem(console.pattern)) {
      refuse("console", fmt::format("{} is no extended regular expression: {}", inQuotes(console.pattern), *problem));
    }
  }
  void operator()(const VsockReadiness& vsock) const {
    if (vsock.port >= 1 && vsock.port < std::numeric_limits<std::uint32_t>::max()) return;
    refuse("vsock", fmt::format("{} is no vsock port; give 1 to 4294967294", vsock.port));
  }
  void operator()(const TcpReadiness& tcp) const {
    if (isOneLine(tcp.address) && isAddress(tcp.address)) return;
    refuse("tcp", inQuotes(tcp.address) + " is no address; write HOST:PORT, such as 192.168.64.5:22");
  }
  void operator()(const HttpReadiness& http) const {
    constexpr std::string_view kScheme = "http://";
    const bool isHttp = isOneLine(http.url) && http.url.starts_with(kScheme) && http.url.size() > kScheme.size() &&
                        http.url[kScheme.size()] != '/' && http.url.find(' ') == std::string::npos;
    if (!isHttp) refuse("http", inQuotes(http.url) + " cannot be asked; write http://HOST:PORT/PATH");
  }

private:
  void refuse(std::string_view member, std::string detail) const {
    errors_.push_back({fmt::format("/spec/readiness/{}", member), std::move(detail)});
  }

  Errors& errors_;
};

}  // namespace

void checkPolicies(const Definition& definition, Errors& errors) {
  checkConsole(definition.console, errors);
  if (auto problem = stopTimeoutProblem(definition.stop.timeout)) {
    errors.push_back({"/spec/stop/timeout", std::move(*problem)});
  }
  checkRestart(definition.restart, errors);
  checkAutostart(definition.autostart, definition.name, errors);
  std::visit(ReadinessRules(errors), definition.readiness);
}

}  // namespace microvm
