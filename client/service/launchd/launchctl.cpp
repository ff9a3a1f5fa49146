#include "client/service/launchd/launchctl.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include <fmt/format.h>

#include "api/core/text.hpp"

namespace microvm::service {
namespace {

/// Exit codes of launchctl. Those below 107 are errno's, on macOS.
enum Code : int {
  kNotPermitted = 1,
  kNoSuchProcess = 3,  // bootout: not loaded
  kIoError = 5,        // bootstrap: loaded already, disabled, or a bad list; it does not say which
  kAccessDenied = 13,
  kExists = 17,      // bootstrap: loaded already
  kInProgress = 36,  // bootout: it will be gone soon
  kAlready = 37,     // bootstrap: loaded already, or not yet gone
  kNoDomain = 112,   // nobody is logged in there
  kNoService = 113,
  kDisabled = 119,
  kUnsupported = 125,   // the domain takes no jobs
  kWrongSession = 134,  // LimitLoadToSessionType
  kProtected = 150,     // System Integrity Protection
};

constexpr Milliseconds kLoadLimit{5'000};

int codeOf(const Captured& ended) {
  return ended.status.code.value_or(-1);
}

bool isOneOf(int code, std::initializer_list<int> known) {
  return std::find(known.begin(), known.end(), code) != known.end();
}

Error failure(const std::string& what, const Captured& ended) {
  Error error{Errc::Io, fmt::format("{}: launchctl says \"{}\"", what, lastWords(ended)), {}, {}};
  switch (codeOf(ended)) {
    case kNotPermitted:
    case kAccessDenied:
    case kProtected:
      error.code = Errc::Permission;
      error.hint = "a service of the whole system is changed with sudo, one of your own without";
      break;
    case kNoDomain:
    case kUnsupported:
      error.code = Errc::Unavailable;
      error.hint = "log in at the screen or over ssh first, or use --system --user NAME";
      break;
    case kWrongSession:
      error.hint = "microvmctl service uninstall, then install it from this session";
      break;
    case kDisabled:
      error.hint = "switch it on in System Settings, General, Login Items";
      break;
    default:
      error.hint = "microvmctl service status";
  }
  return error;
}

}  // namespace

Result<std::string> domainOf(const std::string& managerName, unsigned uid) {
  if (managerName == "Aqua") return fmt::format("gui/{}", uid);
  if (managerName == "Background") return fmt::format("user/{}", uid);
  if (managerName == "System") return std::string("system");
  return Error{Errc::Unavailable,
               fmt::format("launchd keeps no services for a session of the kind \"{}\"", managerName),
               "log in at the screen or over ssh first, or use --system --user NAME",
               {}};
}

/// Its own members have one tab; what is deeper belongs to sockets and the like.
LoadedJob parsePrint(const std::string& domain, const std::string& text) {
  LoadedJob job;
  job.domain = domain;
  std::istringstream lines(text);
  for (std::string text_line; std::getline(lines, text_line);) {
    const std::string_view line = text_line;
    const auto equals = line.find(" = ");
    if (equals == std::string::npos || line.starts_with("\t\t")) continue;
    const auto key = trimmed(line.substr(0, equals));
    const auto value = trimmed(line.substr(equals + 3));
    if (key == "state" && job.state.empty()) job.state = value;
    if (key == "path" && job.path.empty()) job.path = value;
    int pid = 0;
    if (key == "pid" && std::from_chars(value.data(), value.data() + value.size(), pid).ec == std::errc{})
      job.pid = pid;
  }
  return job;
}

/// `"label" => disabled`, or `=> true` before macOS 13.
bool isDisabledIn(const std::string& text, const std::string& label) {
  std::istringstream lines(text);
  const auto quoted = fmt::format("\"{}\" => ", label);
  for (std::string line; std::getline(lines, line);) {
    const auto at = line.find(quoted);
    if (at == std::string::npos) continue;
    const auto value = trimmed(std::string_view(line).substr(at + quoted.size()));
    return value == "disabled" || value == "true";
  }
  return false;
}

Result<Captured> Launchctl::call(std::vector<std::string> words) const {
  words.insert(words.begin(), "launchctl");
  auto ended = run(host_, std::move(words), "launchd cannot be asked");
  if (!ended) ended.error().hint = "launchctl is part of macOS, in /bin: check PATH";
  return ended;
}

Result<void> Launchctl::expectSuccess(std::vector<std::string> words, const std::string& what) const {
  const auto ended = call(std::move(words));
  if (!ended) return ended.error();
  if (codeOf(*ended) != 0) return failure(what, *ended);
  return {};
}

Result<std::string> Launchctl::domain() const {
  if (host_.reach == Reach::System) return std::string("system");
  const auto ended = call({"managername"});
  if (!ended) return ended.error();
  if (codeOf(*ended) != 0) return failure("cannot tell the kind of this session", *ended);
  return domainOf(std::string(trimmed(ended->out.substr(0, ended->out.find('\n')))), host_.uid);
}

Result<std::optional<LoadedJob>> Launchctl::find(const std::string& domain, const std::string& label) const {
  const auto ended = call({"print", domain + "/" + label});
  if (!ended) return ended.error();
  const int code = codeOf(*ended);
  if (code == 0) return std::optional(parsePrint(domain, ended->out));
  if (isOneOf(code, {kNoSuchProcess, kNoDomain, kNoService, kUnsupported})) return std::optional<LoadedJob>{};
  return failure("cannot look up the service " + label, *ended);
}

Result<bool> Launchctl::isDisabled(const std::string& domain, const std::string& label) const {
  const auto ended = call({"print-disabled", domain});
  if (!ended) return ended.error();
  return codeOf(*ended) == 0 && isDisabledIn(ended->out, label);
}

Result<void> Launchctl::enable(const std::string& domain, const std::string& label) const {
  return expectSuccess({"enable", domain + "/" + label}, "cannot enable the service");
}

Result<void> Launchctl::bootstrap(const std::string& domain, const std::string& label, const std::string& file) const {
  Result<void> outcome;
  const bool isLoaded = waitFor(
      host_,
      [&] {
        const auto ended = call({"bootstrap", domain, file});
        if (!ended) return outcome = ended.error(), true;
        const int code = codeOf(*ended);
        outcome = code == 0 ? Result<void>() : Result<void>(failure("cannot load " + file, *ended));
        if (code != 0 && !isOneOf(code, {kIoError, kExists, kAlready})) return true;
        // Loaded at last, or already; or an earlier bootout has not ended, and it has to be asked again.
        const auto loaded = find(domain, label);
        if (!loaded) return outcome = loaded.error(), true;
        if (*loaded) outcome = {};
        return loaded->has_value();
      },
      kLoadLimit);
  if (!isLoaded && outcome)
    return Error{Errc::Timeout, "launchd has not loaded " + file, "microvmctl service status", {}};
  return outcome;
}

Result<void> Launchctl::bootout(const std::string& domain, const std::string& label) const {
  const auto ended = call({"bootout", domain + "/" + label});
  if (!ended) return ended.error();
  if (!isOneOf(codeOf(*ended), {0, kNoSuchProcess, kInProgress, kNoService})) {
    return failure("cannot unload the service", *ended);
  }
  Result<void> outcome;
  const bool isGone = waitFor(host_, [&] {
    const auto loaded = find(domain, label);
    if (!loaded) return outcome = loaded.error(), true;
    return !loaded->has_value();
  });
  if (!isGone) {
    return Error{Errc::Timeout,
                 fmt::format("launchd has not ended the service after {}", formatDuration(host_.patience)),
                 fmt::format("launchctl kill KILL {}/{}", domain, label),
                 {}};
  }
  return outcome;
}

Result<void> Launchctl::kickstart(const std::string& domain, const std::string& label, Running running) const {
  std::vector<std::string> words{"kickstart"};
  if (running == Running::Kill) words.push_back("-k");
  words.push_back(domain + "/" + label);
  return expectSuccess(std::move(words), "cannot start the service");
}

}  // namespace microvm::service
