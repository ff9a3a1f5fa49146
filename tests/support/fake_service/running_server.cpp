#include "tests/support/fake_service/running_server.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <future>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include "daemon/http/handlers/routes.hpp"
#include "daemon/process/unix_socket.hpp"
#include "tests/support/temp_dir.hpp"

namespace microvm::fake {

struct RunningServer::Impl {
  explicit Impl(http::ServerOptions options)
      : service(io.get_executor()), server(io.get_executor(), service, http::routes(), options) {
    path = folder / "api.sock";
    auto listener = listenUnix(path);
    if (!listener) throw std::runtime_error(listener.error().detail);
    server.serve(std::move(*listener));
    thread = std::thread([this] { io.run(); });
  }
  ~Impl() {
    stop(Milliseconds(0));
    guard.reset();
    thread.join();
  }
  void stop(Milliseconds bound) {
    if (stopped) return;
    stopped = true;
    auto done = net::co_spawn(io, server.stop(bound), net::use_future);
    done.get();
  }

  net::io_context io{1};
  net::executor_work_guard<net::io_context::executor_type> guard{io.get_executor()};
  FakeService service;
  http::HttpServer server;
  test::TempDir folder;
  std::string path;
  std::thread thread;
  bool stopped = false;
};

RunningServer::RunningServer(http::ServerOptions options) : impl_(std::make_unique<Impl>(options)) {}
RunningServer::~RunningServer() = default;

void RunningServer::on(const std::function<void(FakeService&, http::HttpServer&)>& work) {
  std::promise<void> done;
  net::post(impl_->io, [&] {
    work(impl_->service, impl_->server);
    done.set_value();
  });
  done.get_future().get();
}

http::Response RunningServer::ask(const std::string& method, const std::string& target, const std::string& body,
                                  const std::vector<std::pair<std::string, std::string>>& headers) {
  http::Request request;
  request.method = method;
  request.target = target;
  request.body = body;
  request.headers.add("X-Request-Id", "r");
  if (!body.empty()) request.headers.add("Content-Type", "application/json");
  for (const auto& [name, value] : headers)
    request.headers.set(name, value);
  auto response = http::UnixClient(path()).request(std::move(request));
  if (!response) throw std::runtime_error(response.error().detail);
  return std::move(*response);
}

void RunningServer::stop(Milliseconds bound) {
  impl_->stop(bound);
}

const std::string& RunningServer::path() const {
  return impl_->path;
}

RawClient::RawClient(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    throw std::runtime_error("cannot connect to " + path);
  }
  timeval limit{5, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void RawClient::finishSending() {
  ::shutdown(fd_.get(), SHUT_WR);
}

bool RawClient::more() {
  char bytes[16 * 1024];
  auto got = ::recv(fd_.get(), bytes, sizeof(bytes), 0);
  if (got < 0 && errno != ECONNRESET) buffer_ += "<timeout>";
  if (got > 0) buffer_.append(bytes, static_cast<std::size_t>(got));
  return got > 0;
}

std::string RawClient::read(std::size_t count) {
  while (buffer_.size() < count && more()) {
  }
  auto taken = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return taken;
}

std::string RawClient::readUntil(std::string_view text) {
  while (buffer_.find(text) == std::string::npos && more()) {
  }
  auto found = buffer_.find(text);
  return read(found == std::string::npos ? buffer_.size() : found + text.size());
}

std::string RawClient::readAll() {
  while (more()) {
  }
  return std::exchange(buffer_, {});
}

http::Response RawClient::response() {
  http::ResponseParser parser;
  for (;;) {
    std::string_view input = buffer_;
    auto progress = parser.feed(input);
    buffer_.erase(0, buffer_.size() - input.size());
    if (!progress) throw std::runtime_error(progress.error().detail);
    if (*progress == http::Progress::Done) return parser.take();
    if (!more()) throw std::runtime_error("no whole response: " + buffer_);
  }
}

}  // namespace microvm::fake
