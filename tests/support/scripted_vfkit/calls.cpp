#include "tests/support/scripted_vfkit/calls.hpp"

#include <fcntl.h>
#include <sstream>
#include <sys/file.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "api/core/file.hpp"
#include "api/core/id.hpp"

namespace microvm::scripted {
namespace {

using Json = nlohmann::ordered_json;

int countStarts(const std::string& path, const std::string& socket) {
  const auto text = readFile(path, 64 * 1024 * 1024);
  if (!text) return 0;
  std::istringstream lines(*text);
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    // Parsing is slow, and of a long file only a few lines matter.
    if (line.find("\"start\"") == std::string::npos || line.find(socket) == std::string::npos) continue;
    const auto json = Json::parse(line, nullptr, false);
    if (json.is_object() && json.value("call", "") == "start" && json.value("socket", "") == socket) ++count;
  }
  return count;
}

/// The shim that holds us; null when it has ended already.
Json shim() {
  const int parent = ::getppid();
  const auto name = readFile("/proc/" + std::to_string(parent) + "/comm", 64);
  return name && *name == "microvm-shim\n" ? Json(parent) : Json(nullptr);
}

}  // namespace

Calls::Calls(const std::string& path, const std::string& socket, const Json& argv)
    : file_(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)),
      socket_(socket),
      mark_(std::to_string(::getpid()) + "-" + randomHex(8)) {
  ::flock(file_.get(), LOCK_EX);
  start_ = countStarts(path, socket) + 1;
  append("start", Json{{"argv", argv}, {"shim", shim()}, {"run", mark_}});
  ::flock(file_.get(), LOCK_UN);
}

void Calls::append(const std::string& what, const Json& members) {
  Json line{{"call", what}, {"start", start_}, {"pid", ::getpid()}, {"socket", socket_}};
  line.update(members);
  // A SIGKILL may cut a write off at a page's end: what follows the rest of a line is to be a line of its own.
  const auto text = "\n" + line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  if (::write(file_.get(), text.data(), text.size()) < 0) ::perror("the calls file");
}

}  // namespace microvm::scripted
