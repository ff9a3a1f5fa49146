// scripted-vfkit: a stand-in for vfkit that keeps its contract without a guest, and breaks it where a script says so.
//
// It takes vfkit's command line, makes a real pty, prints vfkit's lines on standard error and serves /vm/state and
// /vm/inspect. Tests make a link `vfkit` to it in a folder of their own and write beside the link, as it is invoked:
//   vfkit.json    the script (may be missing: the defaults are a well-behaved vfkit with a silent guest)
//   vfkit.calls   written by the stand-in: one JSON object per line, {"call","start","pid","socket", ...}:
//                 start {argv, shim: pid, run} | request {method, target, body} | signal {number} | booted {} | input
//                 {text} | pattern {end} | exit {code, lines, run}
//
// The script is one rule or an array of them; the first that fits counts. A rule's members, all optional:
//   start            only this start (the first is 1) of the VM, which is known by its REST socket
//   cmdline          only when the kernel command line contains this text
//   reachableAfter   ms until the REST socket is bound (0)
//   runningAfter     ms until the state is Running (20); null: stays Starting
//   state            the state after starting: Running, Paused, Error ...
//   onStop           power-off | ignore (202, nothing happens) | refuse (500);  stopAfter: ms to the power-off (20)
//   onHardStop       exit (without an answer) | answer (202, then exit) | hang | ignore (202, nothing happens)
//   ignoreTerm       true: SIGTERM does nothing (otherwise: requestStop, 5 s, hard stop, exit 0)
//   rest             normal | hang | garbage | half | huge | close | none (never bound)
//   refuseDevice     exits 1 with vfkit's error text when a --device begins with this
//   stderr           text printed at the start;  stderrFlood: so many bytes more of it
//   leaveSocket      true: its REST socket stays behind at the exit
//   end              {after: ms | on: file name beside the script, code, signal, stderr}: ends by itself
//   console          {boot: text, pattern: bytes of tests/support/pattern.hpp, perMillisecond: its rate,
//                     patternOn: file name that lets it begin, lineEvery: ms between numbered lines, echo: input comes
//                     back, stall: never read or written}
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <functional>
#include <optional>
#include <poll.h>
#include <string>
#include <unistd.h>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "daemon/process/descriptor.hpp"
#include "tests/support/scripted_vfkit/arguments.hpp"
#include "tests/support/scripted_vfkit/calls.hpp"
#include "tests/support/scripted_vfkit/console.hpp"
#include "tests/support/scripted_vfkit/loop.hpp"
#include "tests/support/scripted_vfkit/machine.hpp"
#include "tests/support/scripted_vfkit/rest.hpp"
#include "tests/support/scripted_vfkit/script.hpp"

namespace microvm::scripted {
namespace {

using Json = nlohmann::ordered_json;

std::array<int, 2> signalPipe{-1, -1};

void onSignal(int number) {
  const auto byte = static_cast<char>(number);
  if (::write(signalPipe[1], &byte, 1) < 0) std::abort();
}

void logLine(const std::string& level, const std::string& text) {
  std::array<char, 40> time{};
  const auto seconds = std::time(nullptr);
  tm parts{};
  std::strftime(time.data(), time.size(), "%FT%TZ", ::gmtime_r(&seconds, &parts));
  fmt::print(stderr, "time=\"{}\" level={} msg=\"{}\"\n", time.data(), level, text);
}

/// As cobra and vfkit's main print it: the last text is the plain error.
[[noreturn]] void fail(const std::string& text) {
  fmt::print(stderr, "Error: {}\nUsage:\n  vfkit [flags]\n\nFlags:\n  -h, --help   help for vfkit\n\n{}\n", text, text);
  std::fflush(stderr);
  std::_Exit(1);
}

ConsoleScript marked(ConsoleScript script, const std::string& mark) {
  script.mark = mark;
  return script;
}

class Vfkit {
public:
  Vfkit(std::string program, Arguments arguments, Script script, Calls& calls)
      : program_(std::move(program)),
        arguments_(std::move(arguments)),
        script_(std::move(script)),
        calls_(calls),
        console_(loop_, marked(script_.console, calls.mark()),
                 {[this](const std::string& text) {
                    calls_.append("input", Json{{"text", text}});
                  },
                  [this](std::uint64_t end) {
                    calls_.append("pattern", Json{{"end", end}});
                  }}),
        machine_(loop_, script_, {[this] { boot(); }, [this](int code) { exit(code); }}),
        rest_(loop_, script_, machine_,
              {[this](const http::Request& request) { note(request); },
               [this] { return inspect(arguments_, console_.name()).dump(); }}) {}

  void run() {
    printStart();
    watchSignals();
    watchFiles();
    if (script_.end && script_.end->after) loop_.after(*script_.end->after, [this] { endByItself(); });
    if (script_.rest != RestManner::None) loop_.after(script_.reachableAfter, [this] { listen(); });
    machine_.start();
    loop_.run();
  }

private:
  void printStart() {
    fmt::print(stderr, "{}", script_.stderrText);
    const std::string line(79, '#');
    for (std::uint64_t printed = 0; printed < script_.stderrFlood; printed += 80)
      fmt::print(stderr, "{}\n", line);
    checkArguments();
    if (hasPty(arguments_)) logLine("info", fmt::format("Using PTY (pty path: {})", console_.name()));
  }

  void checkArguments() {
    for (const auto& path : {arguments_.kernel, arguments_.initrd}) {
      if (::access(path.c_str(), R_OK) != 0)
        fail(fmt::format("invalid boot file path: stat {}: no such file or directory", path));
    }
    for (const auto& device : arguments_.devices) {
      if (!script_.refuseDevice.empty() && device.rfind(script_.refuseDevice, 0) == 0) {
        fail(fmt::format("unknown option for {} devices: {}", script_.refuseDevice, device));
      }
    }
  }

  void listen() {
    const auto listening = rest_.listen(arguments_.restSocket);
    if (listening) return;
    logLine("fatal", listening.error().detail);
    std::_Exit(1);
  }

  void boot() {
    logLine("info", "virtual machine is running");
    console_.boot();
    calls_.append("booted", Json::object());
  }

  void note(const http::Request& request) {
    calls_.append("request", Json{{"method", request.method}, {"target", request.target}, {"body", request.body}});
  }

  void watchSignals() {
    auto ends = makePipe();
    if (!ends) fail("no pipe");
    signalPipe = {ends->read.release(), ends->write.release()};
    struct sigaction action {};
    action.sa_handler = onSignal;
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1})
      ::sigaction(number, &action, nullptr);
    loop_.watch(signalPipe[0], POLLIN, [this](short) {
      char number = 0;
      if (::read(signalPipe[0], &number, 1) != 1) return;
      calls_.append("signal", Json{{"number", static_cast<int>(number)}});
      if (number == SIGTERM || number == SIGINT) machine_.terminate();
      if (number == SIGHUP) std::_Exit(129);
    });
  }

  /// Looks every few milliseconds for the files by which a test gives its signs.
  void watchFiles() {
    if (wasMade(script_.console.patternOn)) console_.startPattern();
    if (script_.end && wasMade(script_.end->on)) endByItself();
    if (!script_.console.patternOn.empty() || (script_.end && !script_.end->on.empty())) {
      loop_.after(std::chrono::milliseconds(5), [this] { watchFiles(); });
    }
  }

  [[nodiscard]] bool wasMade(const std::string& name) const {
    const auto folder = program_.substr(0, program_.rfind('/') + 1);
    return !name.empty() && ::access((folder + name).c_str(), F_OK) == 0;
  }

  void endByItself() {
    fmt::print(stderr, "{}", script_.end->text);
    std::fflush(stderr);
    if (script_.end->signal != 0) {
      ::signal(script_.end->signal, SIG_DFL);
      ::raise(script_.end->signal);
    }
    exit(script_.end->code);
  }

  void exit(int code) {
    // Before the word of it: whoever is killed meanwhile has not ended well.
    if (code == 0) console_.drain();
    calls_.append("exit", Json{{"code", code}, {"lines", console_.lines()}, {"run", calls_.mark()}});
    if (!script_.leaveSocket) ::unlink(arguments_.restSocket.c_str());
    std::fflush(stderr);
    std::_Exit(code);
  }

  std::string program_;
  Arguments arguments_;
  Script script_;
  Calls& calls_;
  Loop loop_;
  Console console_;
  Machine machine_;
  Rest rest_;
};

int play(const std::vector<std::string>& argv) {
  const auto arguments = scanArguments(argv);
  if (arguments.version) {
    fmt::print("vfkit version: v0.6.4\n");
    return 0;
  }
  if (arguments.probe) {
    fmt::print("{{\"version\":\"0.6.4\"}}\n");
    return 0;
  }
  Calls calls(argv[0] + ".calls", arguments.restSocket, Json(argv));
  auto script = loadScript(argv[0] + ".json", calls.start(), arguments.cmdline);
  if (!script) fail(script.error().detail);
  Vfkit vfkit(argv[0], arguments, std::move(*script), calls);
  vfkit.run();
  return 0;
}

}  // namespace
}  // namespace microvm::scripted

int main(int argc, char** argv) {
  return microvm::scripted::play(std::vector<std::string>(argv, argv + argc));
}
