// bare-server SOCKET BYTES: an HTTP server of Boost.Beast and nothing else, on a Unix socket. Every request is answered
// with a body of that many bytes. What the daemon's requests per second are compared with.
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using Protocol = net::local::stream_protocol;

class Session : public std::enable_shared_from_this<Session> {
public:
  Session(Protocol::socket socket, const std::string& body) : socket_(std::move(socket)), body_(body) {}

  void read() {
    request_ = {};
    http::async_read(socket_, buffer_, request_,
                     [self = shared_from_this()](boost::system::error_code ec, std::size_t) {
                       if (!ec) self->answer();
                     });
  }

private:
  void answer() {
    response_ = {};
    response_.version(11);
    response_.result(http::status::ok);
    response_.set(http::field::content_type, "application/json");
    response_.keep_alive(request_.keep_alive());
    response_.body() = body_;
    response_.prepare_payload();
    http::async_write(socket_, response_, [self = shared_from_this()](boost::system::error_code ec, std::size_t) {
      if (!ec) self->read();
    });
  }

  Protocol::socket socket_;
  const std::string& body_;
  boost::beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

void accept(Protocol::acceptor& acceptor, const std::string& body) {
  acceptor.async_accept([&](boost::system::error_code ec, Protocol::socket socket) {
    if (ec) return;
    std::make_shared<Session>(std::move(socket), body)->read();
    accept(acceptor, body);
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: bare-server SOCKET BYTES\n";
    return 2;
  }
  const std::string body(static_cast<std::size_t>(std::atol(argv[2])), 'x');
  net::io_context context{1};
  Protocol::acceptor acceptor(context, Protocol::endpoint(argv[1]));
  accept(acceptor, body);
  std::cout << "ready" << std::endl;
  context.run();
  return 0;
}
