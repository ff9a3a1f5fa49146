#include "tests/support/daemon_double/daemon_double.hpp"

#include <array>
#include <cstring>
#include <poll.h>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <fmt/format.h>

#include "api/core/error.hpp"
#include "api/http/codec.hpp"
#include "api/http/problem.hpp"

namespace microvm {
namespace {

void sendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

bool isReadable(int fd) {
  pollfd waiting{fd, POLLIN, 0};
  return ::poll(&waiting, 1, 20) > 0;
}

}  // namespace

DaemonDouble::DaemonDouble(const std::string& socketPath) : path_(socketPath) {
  listener_.reset(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
  ::unlink(path_.c_str());
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listener_.get(), 8) != 0) {
    throw std::runtime_error("cannot listen on " + path_);
  }
  thread_ = std::thread([this] { serve(); });
}

DaemonDouble::~DaemonDouble() {
  stopping_ = true;
  thread_.join();
  ::unlink(path_.c_str());
}

void DaemonDouble::on(const std::string& operation, Answer answer) {
  const std::lock_guard lock(mutex_);
  answers_[operation] = std::move(answer);
}

void DaemonDouble::on(const std::string& operation, int status, const std::string& body) {
  on(operation, [status, body](const http::Request&) {
    http::Response response;
    response.status = status;
    response.headers.set("Content-Type", status < 400 ? "application/json" : "application/problem+json");
    response.body = body;
    return response;
  });
}

void DaemonDouble::onRaw(const std::string& operation, RawAnswer answer) {
  const std::lock_guard lock(mutex_);
  rawAnswers_[operation] = std::move(answer);
}

std::vector<std::string> DaemonDouble::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

void DaemonDouble::serve() {
  std::vector<std::thread> connections;
  while (!stopping_) {
    if (!isReadable(listener_.get())) continue;
    const int accepted = ::accept(listener_.get(), nullptr, nullptr);
    if (accepted < 0) continue;
    connections.emplace_back([this, accepted] {
      const UniqueFd socket(accepted);
      serveConnection(socket.get());
    });
  }
  for (auto& connection : connections)
    connection.join();
}

void DaemonDouble::serveConnection(int socket) {
  std::string pending;
  http::RequestParser parser;
  while (!stopping_) {
    std::string_view input = pending;
    const auto progress = parser.feed(input);
    if (!progress) return;
    pending = std::string(input);
    if (*progress == http::Progress::Done) {
      if (!answer(parser.take(), socket)) return;
      parser = http::RequestParser();
      continue;
    }
    if (!isReadable(socket)) continue;
    std::array<char, 4096> piece;
    const ssize_t count = ::recv(socket, piece.data(), piece.size(), 0);
    if (count <= 0) return;
    pending.append(piece.data(), static_cast<std::size_t>(count));
  }
}

bool DaemonDouble::answer(const http::Request& request, int socket) {
  const std::string whole = request.method + " " + request.target;
  const std::string path = whole.substr(0, whole.find('?'));
  Answer answer;
  RawAnswer raw;
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back(request.body.empty() ? whole : whole + " " + request.body);
    for (const auto& key : {whole, path}) {
      if (!answer && answers_.contains(key)) answer = answers_[key];
      if (!raw && rawAnswers_.contains(key)) raw = rawAnswers_[key];
    }
  }
  if (raw) {
    raw(request, socket);
    return false;
  }
  const Error missing{Errc::NotFound, "there is no such VM", {}, {}};
  sendAll(socket, http::serialize(answer ? answer(request) : http::problemResponse(missing, "request-1")));
  return true;
}

std::string vmJson(const std::string& name, const std::string& state) {
  const std::string started = state == "running" ? R"(,"startedAt":"2026-01-01T00:00:00.000Z","runnerPid":4711)" : "";
  return fmt::format(R"({{"metadata":{{"id":"id-{0}","name":"{0}","labels":{{"team":"infra"}},"generation":1}},)"
                     R"("spec":{{"runner":"auto","cpus":2,"memory":"512MiB","stop":{{"timeout":"30s"}}}},)"
                     R"("status":{{"state":"{1}","desired":"{1}","reason":"asked by user"{2}}}}})",
                     name, state, started);
}

}  // namespace microvm
