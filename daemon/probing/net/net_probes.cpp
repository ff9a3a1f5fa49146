#include "daemon/probing/net/net_probes.hpp"

#include <utility>

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include "api/http/codec.hpp"
#include "daemon/probing/net/line.hpp"

namespace microvm {
namespace {

constexpr std::size_t kMostRead = 64 * 1024;

Error notAsked(const std::string& where) {
  return Error{Errc::Invalid, where + " is no address", {}, {}};
}

http::Request questionFor(const HttpAddress& address) {
  http::Request request;
  request.target = address.target;
  request.headers.add("Host", address.authority);
  request.headers.add("User-Agent", "microvmd");
  request.headers.add("Accept", "*/*");
  request.keepAlive = false;
  return request;
}

/// The status of the answer; its body is of no interest.
Task<int> readStatus(Line* line) {
  http::ResponseParser parser;
  std::size_t taken = 0;
  while (true) {
    auto bytes = co_await line->read();
    if (!bytes) co_return std::move(bytes).error();
    if (bytes->empty()) co_return Error{Errc::Protocol, "the connection ended before an answer", {}, {}};
    taken += bytes->size();
    std::string_view input = *bytes;
    auto progress = parser.feed(input);
    if (!progress) co_return Error{Errc::Protocol, "the answer is no HTTP: " + progress.error().detail, {}, {}};
    if (parser.isHeadDone()) co_return parser.head().status;
    if (*progress == http::Progress::Done) co_return parser.take().status;
    if (taken > kMostRead) co_return Error{Errc::Protocol, "the answer has no end of its head", {}, {}};
  }
}

class NetProbes final : public Probes {
public:
  Task<std::string> vsock(std::string socketPath, Milliseconds limit) override {
    Line line(co_await net::this_coro::executor);
    line.limit(limit);
    auto connected = line.connect(socketPath);
    if (!connected) co_return std::move(connected).error();
    auto said = co_await line.read();
    if (line.isExpired()) co_return std::string("the connection stays open");
    if (!said) co_return std::move(said).error();
    if (said->empty()) co_return Error{Errc::Unreachable, "nobody listens on the port in the guest", {}, {}};
    co_return std::string("it answers");
  }

  Task<std::string> tcp(std::string address, Milliseconds limit) override {
    Line line(co_await net::this_coro::executor);
    line.limit(limit);
    auto parsed = parseNetworkAddress(address);
    if (!parsed) co_return notAsked(address);
    auto connected = co_await line.connect(std::move(*parsed));
    if (!connected) co_return std::move(connected).error();
    co_return std::string("it accepts connections");
  }

  Task<std::string> http(std::string url, Milliseconds limit) override {
    Line line(co_await net::this_coro::executor);
    line.limit(limit);
    const auto parsed = parseHttpAddress(url);
    if (!parsed) co_return notAsked(url);
    NetworkAddress address = parsed->address;
    auto connected = co_await line.connect(std::move(address));
    if (!connected) co_return std::move(connected).error();
    auto question = http::serialize(questionFor(*parsed));
    auto sent = co_await line.write(std::move(question));
    if (!sent) co_return std::move(sent).error();
    auto status = co_await readStatus(&line);
    if (!status) co_return std::move(status).error();
    auto sentence = fmt::format("it answers with status {}", *status);
    if (*status >= 200 && *status < 400) co_return sentence;
    co_return Error{Errc::RunnerFailed, std::move(sentence), {}, {}};
  }
};

}  // namespace

std::unique_ptr<Probes> makeNetProbes() {
  return std::make_unique<NetProbes>();
}

}  // namespace microvm
