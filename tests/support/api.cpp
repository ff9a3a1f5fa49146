#include "tests/support/api.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

#include <doctest/doctest.h>

#include "daemon/process/unix_socket.hpp"
#include "tests/support/openapi/answer_check.hpp"
#include "tests/support/temp_dir.hpp"

namespace microvm::test {
namespace {

http::Request makeRequest(std::string method, const std::string& target, HeaderList headers) {
  http::Request request;
  request.method = std::move(method);
  request.target = target;
  for (auto& [name, value] : headers)
    request.headers.set(std::move(name), std::move(value));
  return request;
}

}  // namespace

Json Answer::json() const {
  auto json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) throw std::runtime_error("not JSON: " + std::to_string(status) + " " + text);
  return json;
}

std::string Answer::header(const std::string& name) const {
  return std::string(headers.find(name).value_or(""));
}

Answer Api::call(http::Request request) const {
  http::UnixClient client(socket_);
  const auto method = request.method;
  const auto target = request.target;
  auto response = must(client.request(std::move(request), Milliseconds(60'000)));
  Answer answer{response.status, std::move(response.headers), std::move(response.body)};
  check(method, target, answer);
  return answer;
}

void Api::check(const std::string& method, const std::string& target, const Answer& answer) const {
  if (contract_ == Contract::Runner) return;
  for (const auto& complaint : complaintsAbout({method, target, answer.status, answer.headers, answer.text}))
    FAIL_CHECK("the document and the daemon differ: ", method, " ", target, ": ", answer.status, ": ", complaint);
}

Answer Api::get(const std::string& target, HeaderList headers) const {
  return call(makeRequest("GET", target, std::move(headers)));
}

Answer Api::post(const std::string& target, const Json& body, HeaderList headers) const {
  auto request = makeRequest("POST", target, std::move(headers));
  if (!body.is_null()) {
    request.body = body.dump();
    request.headers.set("Content-Type", "application/json");
  }
  return call(std::move(request));
}

Answer Api::remove(const std::string& target) const {
  return call(makeRequest("DELETE", target, {}));
}

http::ClientStream Api::open(const std::string& target, HeaderList headers) const {
  http::UnixClient client(socket_);
  auto stream = must(client.openStream(makeRequest("GET", target, std::move(headers))));
  check("HEAD", target, {stream.head().status, stream.head().headers, ""});
  return stream;
}

std::string Api::state(const std::string& name) const {
  const auto answer = get("/v1/vms/" + name);
  return answer.status == 404 ? "" : answer.json().at("status").at("state").get<std::string>();
}

Json Api::vm(const std::string& name) const {
  const auto answer = get("/v1/vms/" + name);
  if (answer.status != 200) throw std::runtime_error("no VM " + name + ": " + answer.text);
  return answer.json();
}

Json Api::waitFor(const std::string& name, const std::string& wanted) const {
  const auto answer = get("/v1/vms/" + name + "/wait?for=" + wanted + "&timeout=20s");
  if (answer.status != 200) throw std::runtime_error("waited in vain for " + name + " " + wanted + ": " + answer.text);
  return answer.json();
}

std::vector<std::string> Api::eventTypes(const std::string& name) const {
  std::vector<std::string> types;
  const auto listed = get("/v1/events?limit=1000&vm=" + name).json();
  for (const auto& event : listed.at("items"))
    types.push_back(event.at("type"));
  return types;
}

Json Api::lastEvent(const std::string& name, const std::string& type) const {
  const auto items = get("/v1/events?limit=1000&vm=" + name).json().at("items");
  const auto newest =
      std::find_if(items.rbegin(), items.rend(), [&](const Json& one) { return one.at("type") == type; });
  if (newest == items.rend()) throw std::runtime_error("no event " + type + " of " + name + " in " + items.dump());
  return *newest;
}

RawConnection::RawConnection(const std::string& socket) : socket_(must(connectUnix(socket, kPatience))) {}

bool RawConnection::send(const std::string& bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto count = ::send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN) return false;
    if (count > 0) sent += static_cast<std::size_t>(count);
    pollfd polled{socket_.get(), POLLOUT, 0};
    if (count < 0 && ::poll(&polled, 1, static_cast<int>(kPatience.count())) <= 0) return false;
  }
  return true;
}

std::string RawConnection::readAll(Milliseconds limit) const {
  return read(static_cast<std::size_t>(-1), limit);
}

std::string RawConnection::read(std::size_t bytes, Milliseconds limit) const {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::string text;
  std::array<char, 16384> piece{};
  while (text.size() < bytes) {
    const auto left = std::chrono::duration_cast<Milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !waitReadable(socket_.get(), left)) break;
    const auto wanted = std::min(piece.size(), bytes - text.size());
    const auto count = ::recv(socket_.get(), piece.data(), wanted, 0);
    if (count == 0 || (count < 0 && errno != EAGAIN)) break;
    if (count > 0) text.append(piece.data(), static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace microvm::test
