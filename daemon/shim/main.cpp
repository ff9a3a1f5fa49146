#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string>
#include <unistd.h>
#include <vector>

#include "api/version/version.hpp"
#include "daemon/process/descriptor.hpp"
#include "daemon/process/program_lookup.hpp"
#include "daemon/process/spawn.hpp"
#include "daemon/shim/gate/gate.hpp"
#include "daemon/shim/holder.hpp"
#include "daemon/shim/options.hpp"
#include "daemon/shim/report.hpp"

namespace {

using namespace microvm;

constexpr int kUsageExit = 64;
constexpr int kFailedExit = 71;
constexpr int kInUseExit = 75;

int signalPipe = -1;  // the only thing that a signal handler can reach

void onStop(int /*signal*/) {
  const int saved = errno;
  const char byte = 1;
  (void)!::write(signalPipe, &byte, 1);
  errno = saved;
}

/// SIGTERM becomes a byte in a pipe; a terminal's or a broken pipe's signals are nothing to us.
Result<UniqueFd> catchSignals() {
  auto pipe = makePipe();
  if (!pipe) return std::move(pipe).error();
  for (const int end : {pipe->read.get(), pipe->write.get()}) {
    if (auto set = setNonBlocking(end); !set) return std::move(set).error();
  }
  signalPipe = pipe->write.release();
  struct sigaction action {};
  action.sa_flags = SA_RESTART;
  action.sa_handler = onStop;
  ::sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = SIG_IGN;
  for (const int each : {SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGTTOU, SIGTTIN, SIGXFSZ}) {
    ::sigaction(each, &action, nullptr);
  }
  return std::move(pipe->read);
}

/// One line to whoever started us: over the ready descriptor, or to standard error for a person.
void report(const shim::Options& options, const std::string& line) {
  const std::string whole = line + "\n";
  if (!options.readyFd) {
    std::fputs(whole.c_str(), stderr);
    return;
  }
  (void)!::write(*options.readyFd, whole.data(), whole.size());
  ::close(*options.readyFd);
}

int hold(shim::Options options) {
  if (options.readyFd) (void)setCloseOnExec(*options.readyFd);
  // Of a program that was replaced meanwhile there is no path; the runner is started in one step then.
  if (auto program = ownProgram(); program && checkExecutable(*program)) options.gatekeeper = std::move(*program);
  const auto toReport = options;
  auto signals = catchSignals();
  if (!signals) return kFailedExit;
  (void)::setsid();  // fails when we lead a session or group already, which is as good
  adoptOrphans();
  auto holder = shim::Holder::start(std::move(options), signals->get());
  if (!holder) {
    auto text = holder.error().detail;
    std::replace(text.begin(), text.end(), '\n', ' ');
    report(toReport, "error " + std::string(shim::codeWord(holder.error().code)) + " " + text);
    return holder.error().code == Errc::InUse ? kInUseExit : kFailedExit;
  }
  report(toReport, "ok " + (*holder)->readyText());
  (void)!::chdir("/");
  (*holder)->run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 4 && argv[1] == kGateWord) return keepGate(argv + 2);
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 1 && words[0] == "--version") {
    std::printf("microvm-shim %s\n", std::string(version()).c_str());
    return 0;
  }
  if (words.size() == 1 && words[0] == "--help") {
    std::fputs(shim::usage().c_str(), stdout);
    return 0;
  }
  auto options = shim::parseOptions(words);
  if (!options) {
    std::fprintf(stderr, "microvm-shim: %s\n%s", options.error().detail.c_str(), shim::usage().c_str());
    return kUsageExit;
  }
  return hold(std::move(*options));
}
