#include "tests/support/scripted_vfkit/rest.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

#include <nlohmann/json.hpp>

#include "daemon/process/descriptor.hpp"

namespace microvm::scripted {
namespace {

using Json = nlohmann::ordered_json;

http::Response jsonAnswer(int status, const Json& body) {
  http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json; charset=utf-8");
  response.body = body.dump();
  return response;
}

http::Response failure(int status, const std::string& text) {
  return jsonAnswer(status, Json{{"error", text}});
}

http::Response notFound() {
  http::Response response;
  response.status = 404;
  response.headers.set("Content-Type", "text/plain");
  response.body = "404 page not found";
  return response;
}

http::Response redirect(const http::Request& request, const std::string& path) {
  http::Response response;
  response.status = request.method == "GET" ? 301 : 307;
  response.headers.set("Location", path);
  return response;
}

bool sameLetters(const std::string& left, const std::string& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

/// The member "state" in any spelling; a response when the body cannot be read.
std::pair<std::string, std::optional<http::Response>> readState(const std::string& body) {
  if (body.empty()) return {"", failure(400, "EOF")};
  const auto json = Json::parse(body, nullptr, false);
  if (json.is_discarded()) return {"", failure(400, "unexpected EOF")};
  if (json.is_null()) return {"", {}};
  if (!json.is_object()) return {"", failure(400, "json: cannot unmarshal into Go value of type define.VMState")};
  for (const auto& [name, value] : json.items()) {
    if (!sameLetters(name, "state")) continue;
    if (!value.is_string()) return {"", failure(400, "json: cannot unmarshal into Go struct field VMState.state")};
    return {value.get<std::string>(), {}};
  }
  return {"", {}};
}

}  // namespace

Rest::Rest(Loop& loop, const Script& script, Machine& machine, Events events)
    : loop_(loop), script_(script), machine_(machine), events_(std::move(events)) {}

Result<void> Rest::listen(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return Error{Errc::Invalid, "socket path length exceeds limits", {}, {}};
  path.copy(address.sun_path, path.size());
  listener_ = UniqueFd(::socket(AF_UNIX, SOCK_STREAM, 0));
  if (!setCloseOnExec(listener_.get()) || !setNonBlocking(listener_.get()))
    return systemError("cannot make a socket", errno);
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listener_.get(), 64) != 0) {
    return systemError("listen unix " + path + ": bind", errno);
  }
  loop_.watch(listener_.get(), POLLIN, [this](short) { accept(); });
  return {};
}

void Rest::accept() {
  UniqueFd socket(::accept(listener_.get(), nullptr, nullptr));
  if (!socket || !setCloseOnExec(socket.get())) return;
  const auto fd = socket.get();
  clients_.emplace(fd, Client{std::move(socket), http::RequestParser{}, ""});
  loop_.watch(fd, POLLIN, [this, fd](short) { read(fd); });
}

void Rest::read(int fd) {
  auto& client = clients_.at(fd);
  std::array<char, 16384> bytes{};
  const auto count = ::read(fd, bytes.data(), bytes.size());
  if (count <= 0) {
    loop_.unwatch(fd);
    clients_.erase(fd);
    return;
  }
  client.unread.append(bytes.data(), static_cast<std::size_t>(count));
  std::string_view view = client.unread;
  const auto progress = client.parser.feed(view);
  client.unread = std::string(view);
  if (!progress) {
    send(fd,
         "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad "
         "Request");
    loop_.unwatch(fd);
    clients_.erase(fd);
  } else if (*progress == http::Progress::Done) {
    const auto request = client.parser.take();
    client.parser = http::RequestParser{};
    serve(fd, request);
  }
}

void Rest::serve(int fd, const http::Request& request) {
  events_.onRequest(request);
  if (misbehave(fd)) return;
  if (const auto response = answer(request)) send(fd, http::serialize(*response));
}

/// True when the script wants anything but a true answer; Hang and Half keep the connection open for ever.
bool Rest::misbehave(int fd) {
  switch (script_.rest) {
    case RestManner::Normal:
    case RestManner::None:
      return false;
    case RestManner::Hang:
      return true;
    case RestManner::Half:
      send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"state\":");
      return true;
    case RestManner::Garbage:
      send(fd, "\x16\x03\x01 this is no HTTP\r\n\r\n");
      break;
    case RestManner::Huge:
      send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n" + std::string(8 << 20, 'x'));
      break;
    case RestManner::Close:
      break;
  }
  loop_.unwatch(fd);
  clients_.erase(fd);
  return true;
}

std::optional<http::Response> Rest::answer(const http::Request& request) {
  const auto path = request.target.substr(0, request.target.find('?'));
  if (path == "/vm/state/" || path == "/vm/inspect/") return redirect(request, path.substr(0, path.size() - 1));
  if (path == "/vm/state" && request.method == "GET") return stateAnswer();
  if (path == "/vm/state" && request.method == "POST") return change(request.body);
  if (path == "/vm/inspect" && request.method == "GET") return jsonAnswer(200, Json::parse(events_.inspect()));
  return notFound();
}

http::Response Rest::stateAnswer() const {
  const auto& state = machine_.state();
  const bool running = state == "Running";
  const bool paused = state == "Paused";
  return jsonAnswer(200, Json{{"canHardStop", running || paused},
                              {"canPause", running},
                              {"canResume", paused},
                              {"canStart", state == "Stopped" || state == "Error"},
                              {"canStop", running},
                              {"state", "VirtualMachineState" + state}});
}

std::optional<http::Response> Rest::change(const std::string& body) {
  const auto [wanted, problem] = readState(body);
  if (problem) return problem;
  http::Response accepted;
  accepted.status = 202;
  const auto& state = machine_.state();
  const auto refused =
      failure(500, "Error Domain=VZErrorDomain Code=4 Description=\"The virtual machine is in the state " + state +
                       "\" UserInfo={\n}");
  if (wanted == "HardStop") return state == "Stopped" ? refused : hardStop();
  if (wanted == "Stop") return machine_.requestStop() ? accepted : refused;
  if (wanted == "Pause") return state == "Running" ? (machine_.pause(), accepted) : refused;
  if (wanted == "Resume") return state == "Paused" ? (machine_.resume(), accepted) : refused;
  return failure(500, "invalid new VMState: " + wanted);
}

std::optional<http::Response> Rest::hardStop() {
  http::Response accepted;
  accepted.status = 202;
  switch (script_.onHardStop) {
    case OnHardStop::Exit:
      machine_.powerCut();
      return {};
    case OnHardStop::Answer:
      loop_.after(std::chrono::milliseconds(1), [this] { machine_.powerCut(); });
      return accepted;
    case OnHardStop::Hang:
      return {};
    case OnHardStop::Ignore:
      return accepted;
  }
  return {};
}

/// Blocking: answers are small, and a peer that does not read them is a defect to be seen.
void Rest::send(int fd, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto count = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<std::size_t>(count);
  }
}

}  // namespace microvm::scripted
