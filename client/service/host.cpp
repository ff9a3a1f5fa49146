#include "client/service/host.hpp"

#include <algorithm>
#include <chrono>
#include <poll.h>

#include <fmt/format.h>

#include "daemon/process/program_lookup.hpp"

namespace microvm::service {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostBytes = 256 * 1024;
constexpr const char* kStandardPath = "/usr/bin:/bin:/usr/sbin:/sbin";

/// What the service managers' programs find their managers by.
std::vector<std::string> environmentOf(const Host& host) {
  std::vector<std::string> all{"LC_ALL=C", "HOME=" + host.home};
  for (const char* name : {"PATH", "USER", "LOGNAME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"}) {
    if (const auto value = host.environment(name)) all.push_back(fmt::format("{}={}", name, *value));
  }
  // A shell of su(1) or sudo(8) has none, though the user's systemd may well run.
  const auto folder = fmt::format("{}/run/user/{}", host.root, host.uid);
  if (!host.environment("XDG_RUNTIME_DIR")) all.push_back("XDG_RUNTIME_DIR=" + folder);
  return all;
}

}  // namespace

Result<Captured> run(const Host& host, std::vector<std::string> words, const std::string& missing) {
  auto program = findInPath(words.front(), host.environment("PATH").value_or(kStandardPath));
  if (!program) return Error{Errc::Unavailable, fmt::format("{}: {}", missing, program.error().detail), {}, {}};
  SpawnOptions options;
  options.program = std::move(*program);
  options.arguments = std::move(words);
  options.environment = environmentOf(host);
  options.folder = "/";
  return capture(std::move(options), CaptureLimits{.time = host.limit, .bytes = kMostBytes});
}

std::string lastWords(const Captured& ended) {
  const auto& text = ended.err.empty() ? ended.out : ended.err;
  const auto line = text.substr(0, text.find('\n'));
  if (!line.empty()) return line;
  if (ended.status.signal) return fmt::format("ended by signal {}", *ended.status.signal);
  return fmt::format("exit code {}", ended.status.code.value_or(-1));
}

bool waitFor(const Host& host, const std::function<bool()>& holds, Milliseconds limit) {
  const auto deadline = Clock::now() + std::min(host.patience, limit);
  while (!holds()) {
    if (Clock::now() >= deadline) return false;
    ::poll(nullptr, 0, static_cast<int>(host.pause.count()));
  }
  return true;
}

Result<void> checkRights(const Host& host) {
  if (host.reach == Reach::User || host.uid == 0) return {};
  return Error{Errc::Permission,
               "a service of the whole system can only be changed by root",
               "the same with sudo, or leave --system away for a service of your own",
               {}};
}

bool isOurs(std::string_view definition) {
  return definition.find(kMark) != std::string_view::npos;
}

std::vector<std::string> problemsOf(const std::vector<std::string>& command) {
  std::vector<std::string> problems;
  if (command.empty()) return {"its definition names no program; microvmctl service install --force writes it anew"};
  if (const auto usable = checkExecutable(command.front()); !usable) {
    problems.push_back(fmt::format("its program cannot be started: {}; microvmctl service install writes the new path",
                                   usable.error().detail));
  }
  const auto flag = std::find_if(command.begin(), command.end(),
                                 [](const auto& word) { return word == "--vfkit" || word == "--vfkit-qemu"; });
  if (flag != command.end() && std::next(flag) != command.end()) {
    if (const auto usable = checkExecutable(*std::next(flag)); !usable) {
      problems.push_back(
          fmt::format("its runner cannot be started: {}; install it again, then microvmctl service install",
                      usable.error().detail));
    }
  }
  return problems;
}

}  // namespace microvm::service
