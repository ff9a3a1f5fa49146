#include "daemon/shim/report.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "api/core/unique_fd.hpp"

namespace microvm::shim {
namespace {

constexpr std::size_t kReasonBytes = 1000;

/// The bytes of the UTF-8 character at the front, 0 when there is none.
std::size_t characterBytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xc2 && lead < 0xe0   ? 2
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool isOverlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool isBeyond = (lead == 0xed && byte(1) > 0x9f) || (lead == 0xf4 && byte(1) > 0x8f);
  return isOverlong || isBeyond ? 0 : length;
}

void appendEscaped(std::string& out, char c) {
  if (c == '"' || c == '\\') {
    out.push_back('\\');
    out.push_back(c);
    return;
  }
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
  out += text;
}

std::string signalName(int number) {
  switch (number) {
    case SIGKILL:
      return " (SIGKILL)";
    case SIGTERM:
      return " (SIGTERM)";
    case SIGSEGV:
      return " (SIGSEGV)";
    case SIGABRT:
      return " (SIGABRT)";
    case SIGHUP:
      return " (SIGHUP)";
    case SIGINT:
      return " (SIGINT)";
    case SIGPIPE:
      return " (SIGPIPE)";
    default:
      return "";
  }
}

std::string cleanEnd(EndCause cause) {
  switch (cause) {
    case EndCause::StopRequest:
      return "stopped as asked";
    case EndCause::HostStop:
      return "the guest powered off, as its shim asked when it was told to end";
    case EndCause::HardStop:
      return "the guest was ended by a hard stop";
    case EndCause::Itself:
    case EndCause::KillRequest:
      break;
  }
  return "the guest powered off";
}

std::string rungsMember(const std::vector<RungReport>& rungs) {
  std::string list;
  for (const auto& each : rungs) {
    list += list.empty() ? ",\"rungs\":[" : ",";
    list += "{\"rung\":" + jsonString(each.rung) + ",\"at\":" + jsonString(formatTimestamp(each.at)) + "}";
  }
  return list.empty() ? list : list + "]";
}

std::string orNull(const std::optional<int>& value) {
  return value ? std::to_string(*value) : "null";
}

}  // namespace

std::string jsonString(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const auto length = characterBytes(text);
    const char c = text.front();
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7f) {
      appendEscaped(out, c);
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out + "\"";
}

std::string reasonFor(const ExitStatus& status, EndCause cause, std::string_view program, std::string_view lastError) {
  const std::string name(program.substr(program.rfind('/') + 1));
  if (status.signal) {
    if (cause == EndCause::KillRequest && status.signal == SIGKILL) return "killed as asked";
    const bool isStop = cause != EndCause::Itself && cause != EndCause::KillRequest;
    if (isStop && status.signal == SIGKILL) return "killed: it did not stop in time";
    return name + " was ended by signal " + std::to_string(*status.signal) + signalName(*status.signal);
  }
  if (status.code.value_or(0) == 0) return cleanEnd(cause);
  std::string out = name + " exited with code " + std::to_string(*status.code);
  if (!lastError.empty()) out += ": " + std::string(lastError.substr(0, kReasonBytes));
  return out;
}

std::string toJson(const ExitReport& report) {
  return "{\"code\":" + orNull(report.status.code) + ",\"signal\":" + orNull(report.status.signal) +
         ",\"at\":" + jsonString(formatTimestamp(report.at)) + ",\"reason\":" + jsonString(report.reason) +
         ",\"runnerPid\":" + std::to_string(report.runner.pid) +
         ",\"runnerStart\":" + std::to_string(report.runner.startTime) +
         (report.isHostStop ? ",\"hostStop\":true" : "") + rungsMember(report.rungs) + "}\n";
}

std::string toJson(const StatusReport& report) {
  return "{\"shimPid\":" + std::to_string(report.shimPid) + ",\"runnerPid\":" + std::to_string(report.runnerPid) +
         ",\"startedAt\":" + jsonString(formatTimestamp(report.startedAt)) +
         ",\"consoleStart\":" + std::to_string(report.consoleStart) +
         ",\"consoleEnd\":" + std::to_string(report.consoleEnd) +
         ",\"consoleDropped\":" + std::to_string(report.consoleDropped) +
         ",\"consoleRate\":" + std::to_string(report.consoleRate) + ",\"boot\":" + std::to_string(report.boot) +
         ",\"viewers\":" + std::to_string(report.viewers) + "}\n";
}

std::string_view codeWord(Errc code) {
  switch (code) {
    case Errc::Usage:
      return "usage";
    case Errc::Invalid:
      return "invalid";
    case Errc::InUse:
      return "in-use";
    case Errc::RunnerMissing:
      return "runner-missing";
    case Errc::RunnerFailed:
      return "runner-failed";
    case Errc::WrongState:
      return "wrong-state";
    case Errc::Permission:
      return "permission";
    case Errc::Protocol:
      return "protocol";
    case Errc::DiskFull:
      return "disk-full";
    default:
      return "io";
  }
}

}  // namespace microvm::shim
