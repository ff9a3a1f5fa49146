#include "daemon/domain/readiness_rules.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <regex.h>
#include <string_view>

#include <fmt/format.h>

#include "api/core/text.hpp"
#include "daemon/domain/definition/limits.hpp"
#include "daemon/domain/definition/network_address.hpp"

namespace microvm {

namespace {

constexpr std::size_t kLongestText = 1024;
constexpr unsigned long kMostRepeats = 1'000;
constexpr Milliseconds kShortest{100};
constexpr Milliseconds kLongestTimeout{60'000};
constexpr Milliseconds kLongestInterval{3'600'000};

using Errors = std::vector<FieldError>;

bool isOneLine(const std::string& text) {
  return !text.empty() && text.size() <= kLongestText && !hasControlCharacters(text) && isUtf8(text);
}

/// The upper end of "{m,n}" at this place; 1 where none stands.
unsigned long repeatsAt(std::string_view text) {
  unsigned long most = 1;
  const auto end = text.find('}');
  if (end == std::string_view::npos) return most;
  const auto comma = std::min(text.find(','), end);
  for (const auto digits : {text.substr(1, comma - 1), text.substr(std::min(comma + 1, end), end - comma)}) {
    unsigned long number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (read.ec == std::errc::result_out_of_range || number > kMostRepeats) return kMostRepeats + 1;
    most = std::max(most, number);
  }
  return most;
}

/// What would make the library that matches take more memory or time than anybody has: repeats multiply when they are
/// nested, and with back-references a match takes exponential time.
std::optional<std::string> costProblem(std::string_view expression) {
  unsigned long repeats = 1;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    if (expression[i] == '{') repeats *= repeatsAt(expression.substr(i));
    if (repeats > kMostRepeats) return "its repeats make more than 1000 together";
    if (expression[i] != '\\' || i + 1 == expression.size()) continue;
    ++i;
    if (expression[i] >= '1' && expression[i] <= '9') return "back-references are not taken";
  }
  return std::nullopt;
}

/// What POSIX says about an extended regular expression, if anything.
std::optional<std::string> expressionProblem(const std::string& expression) {
  if (auto cost = costProblem(expression)) return cost;
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

class SignRules {
public:
  SignRules(const Definition& definition, Errors& errors) : definition_(definition), errors_(errors) {}

  void operator()(const RunnerSign&) const {}
  void operator()(const ConsoleSign& console) const {
    if (!isOneLine(console.pattern)) return refuse("console", inQuotes(console.pattern) + " is not one line of text");
    if (const auto problem = expressionProblem(console.pattern)) {
      refuse("console", fmt::format("{} is no extended regular expression: {}", inQuotes(console.pattern), *problem));
    }
  }
  void operator()(const VsockSign& sign) const {
    const auto& ports = definition_.vsock;
    const auto found =
        std::find_if(ports.begin(), ports.end(), [&](const VsockPort& each) { return each.port == sign.port; });
    if (found == ports.end()) {
      return refuse("vsock", fmt::format("{0} is none of the VM's vsock ports; add {{ port: {0}, direction: connect }} "
                                         "to vsock",
                                         sign.port));
    }
    if (found->direction == VsockDirection::Connect) return;
    refuse("vsock", fmt::format("{} is a port that the guest connects to; name one of direction connect", sign.port));
  }
  void operator()(const TcpSign& tcp) const {
    if (isOneLine(tcp.address) && parseNetworkAddress(tcp.address)) return;
    refuse("tcp", inQuotes(tcp.address) +
                      " is no address; write ADDRESS:PORT with a number or localhost, such as "
                      "192.168.64.5:22");
  }
  void operator()(const HttpSign& http) const {
    if (isOneLine(http.url) && parseHttpAddress(http.url)) return;
    refuse("http", inQuotes(http.url) + " cannot be asked; write http://ADDRESS:PORT/PATH with a number or localhost");
  }

private:
  void refuse(std::string_view member, std::string detail) const {
    errors_.push_back({fmt::format("/spec/readiness/{}", member), std::move(detail)});
  }

  const Definition& definition_;
  Errors& errors_;
};

struct TimingSpan {
  std::string_view member;
  Milliseconds least;
  Milliseconds most;
};

void checkSpan(Milliseconds time, const TimingSpan& span, const std::string& pointer, Errors& errors) {
  if (time >= span.least && time <= span.most) return;
  errors.push_back({fmt::format("{}/{}", pointer, span.member),
                    fmt::format("{} is out of range; give {} to {}", formatDuration(time), formatDuration(span.least),
                                formatDuration(span.most))});
}

void checkThreshold(unsigned looks, std::string_view member, const std::string& pointer, Errors& errors) {
  if (looks >= 1 && looks <= kMostLooks) return;
  errors.push_back(
      {fmt::format("{}/{}", pointer, member), fmt::format("{} is out of range; give 1 to {}", looks, kMostLooks)});
}

void checkTiming(const ProbeTiming& timing, const std::string& pointer, Errors& errors) {
  checkSpan(timing.initialDelay, {"initialDelay", Milliseconds(0), kLongestInterval}, pointer, errors);
  checkSpan(timing.interval, {"interval", kShortest, kLongestInterval}, pointer, errors);
  checkSpan(timing.timeout, {"timeout", kShortest, kLongestTimeout}, pointer, errors);
  checkThreshold(timing.failureThreshold, "failureThreshold", pointer, errors);
  checkThreshold(timing.successThreshold, "successThreshold", pointer, errors);
}

}  // namespace

void checkReadiness(const Definition& definition, Errors& errors) {
  for (const Probe& probe : definition.readiness) {
    std::visit(SignRules(definition, errors), probe.sign);
    const std::string pointer = fmt::format("/spec/readiness/{}", memberOf(probe.sign));
    checkTiming(probe.timing, pointer, errors);
    if (probe.onFailure != OnProbeFailure::Restart || definition.restart.policy != RestartPolicy::No) continue;
    errors.push_back(
        {pointer + "/onFailure", "needs a restart.policy, which says how often; set it to on-failure or always"});
  }
}

}  // namespace microvm
