// A runner for tests: has a terminal, says its name as vfkit does, then does what its arguments say, one after another.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/process/pty.hpp"
#include "daemon/process/unix_socket.hpp"

namespace {

using namespace microvm;

void writeAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written <= 0) std::exit(90);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string readLine(int fd) {
  std::string line;
  char c = 0;
  while (::read(fd, &c, 1) == 1) {
    line.push_back(c);
    if (c == '\n') return line;
  }
  std::exit(91);
}

/// Lines of 16 bytes that number themselves: byte N of the console is known from N.
void flood(int fd, std::uint64_t bytes) {
  std::string block;
  for (std::uint64_t at = 0; at < bytes; at += 16) {
    const auto digits = std::to_string(at);
    block += std::string(15 - digits.size(), '0') + digits + "\n";
    if (block.size() < 4096 && at + 16 < bytes) continue;
    writeAll(fd, block);
    block.clear();
  }
}

const UniqueFd& restSocket() {
  static char folder[4096];
  static const auto listener = listenUnix(std::string(::getcwd(folder, sizeof folder)) + "/vfkit.sock");
  if (!listener) std::exit(93);
  return *listener;
}

/// Waits for a request with this word on ./vfkit.sock.
void awaitRequest(const std::string& word) {
  std::string seen;
  while (seen.find("\"" + word + "\"") == std::string::npos) {
    const auto client = acceptUnix(restSocket().get());
    char buffer[4096];
    const auto got = client ? ::recv(client->get(), buffer, sizeof buffer, 0) : 0;
    if (got > 0) seen.assign(buffer, static_cast<std::size_t>(got));
    if (got <= 0) ::usleep(1000);
  }
}

void run(const std::string& verb, const std::string& value, int terminal) {
  if (verb == "print") writeAll(terminal, value + "\n");
  if (verb == "flood") flood(terminal, std::stoull(value));
  if (verb == "error") writeAll(STDERR_FILENO, value + "\n");
  if (verb == "floodErrors") writeAll(STDERR_FILENO, std::string(std::stoul(value), 'e') + "\n");
  if (verb == "echo") writeAll(terminal, "got " + readLine(terminal));
  if (verb == "say") writeAll(STDOUT_FILENO, value + "\n");
  if (verb == "hear") writeAll(STDOUT_FILENO, "heard " + readLine(STDIN_FILENO));
  if (verb == "listen") (void)restSocket();
  if (verb == "request") awaitRequest(value);
  if (verb == "ignore") ::signal(std::stoi(value), SIG_IGN);
  if (verb == "raise") ::raise(std::stoi(value));
  if (verb == "exit") std::_Exit(std::stoi(value));
  if (verb == "forever") {
    while (true)
      ::pause();
  }
}

}  // namespace

int main(int argc, char** argv) {
  auto pty = makePty();
  if (!pty) return 92;
  std::fprintf(stderr, "time=\"2026-01-01T00:00:00Z\" level=info msg=\"Using PTY (pty path: %s)\"\n",
               pty->path.c_str());
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto colon = std::min(word.find(':'), word.size());
    run(word.substr(0, colon), colon < word.size() ? word.substr(colon + 1) : "", pty->controller.get());
  }
  ::usleep(20'000);  // for the last bytes to be drained
  return 0;
}
