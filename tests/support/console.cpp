#include "tests/support/console.hpp"

#include <array>
#include <cerrno>
#include <sys/socket.h>

#include "tests/support/temp_dir.hpp"

namespace microvm::test {

ConsoleViewer::ConsoleViewer(const Api& api, const std::string& vm, const std::string& query) {
  auto stream =
      api.open("/v1/vms/" + vm + "/console?" + query, {{"Connection", "Upgrade"}, {"Upgrade", "microvm-raw"}});
  if (stream.head().status != 101) {
    const auto body = stream.readAll(kPatience, 65536);
    throw std::runtime_error("no upgrade: " + std::to_string(stream.head().status) + " " + body.value_or(""));
  }
  offset_ = std::stoull(std::string(stream.head().headers.find("Microvm-Console-Offset").value_or("0")));
  seen_ = stream.takeLeftover();
  socket_ = stream.takeSocket();
}

void ConsoleViewer::type(const std::string& text) const {
  if (::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("the console takes no input");
  }
}

bool ConsoleViewer::readMore() {
  if (!waitReadable(socket_.get(), kPatience))
    throw std::runtime_error("the console is silent after: " +
                             seen_.substr(seen_.size() - std::min<std::size_t>(seen_.size(), 200)));
  std::array<char, 65536> piece{};
  const auto count = ::recv(socket_.get(), piece.data(), piece.size(), MSG_DONTWAIT);
  if (count > 0) seen_.append(piece.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EAGAIN);
}

std::string ConsoleViewer::readUntil(const std::string& text) {
  while (seen_.find(text) == std::string::npos) {
    if (!readMore()) throw std::runtime_error("the console ended before: " + text);
  }
  return seen_;
}

std::string ConsoleViewer::readBytes(std::size_t count) {
  while (seen_.size() < count) {
    if (!readMore()) throw std::runtime_error("the console ended after bytes: " + std::to_string(seen_.size()));
  }
  return seen_;
}

std::string ConsoleViewer::readToEnd() {
  while (readMore()) {
  }
  return seen_;
}

ConsoleLog consoleLog(const Api& api, const std::string& vm) {
  const auto answer = api.get("/v1/vms/" + vm + "/console/log");
  if (answer.status != 200) throw std::runtime_error("no console log: " + answer.text);
  return {std::stoull(answer.header("Microvm-Console-Start")), std::stoull(answer.header("Microvm-Console-End")),
          answer.text};
}

}  // namespace microvm::test
