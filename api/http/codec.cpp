#include "api/http/codec.hpp"

#include <algorithm>
#include <charconv>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "api/http/body_decoder.hpp"
#include "api/http/head_scanner.hpp"

namespace microvm::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using BeastText = boost::beast::string_view;

std::string text(BeastText view) {
  return {view.data(), view.size()};
}

Error badMessage(std::string detail) {
  return {Errc::Malformed, std::move(detail), {}, {}};
}

/// Beast's parser for heads, writing into a message of ours. Content-Length and Transfer-Encoding say where a message
/// ends: only the forms that every reader understands alike are taken, one number or exactly "chunked".
template <bool isRequest, class Message>
class HeadReader : public beast_http::basic_parser<isRequest> {
public:
  explicit HeadReader(const Limits& limits) {
    this->skip(true);
    this->header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(limits.headBytes + 1, 1U << 30U)));
  }
  Message message;
  Framing framing;

private:
  void on_request_impl(beast_http::verb, BeastText method, BeastText target, int version, error_code&) override {
    if constexpr (isRequest) {
      message.method = text(method);
      message.target = text(target);
    }
    oldVersion_ = version < 11;
    if constexpr (isRequest) message.isHttp10 = oldVersion_;
  }
  void on_response_impl(int code, BeastText, int, error_code&) override {
    if constexpr (!isRequest) message.status = code;
  }
  void on_field_impl(beast_http::field name, BeastText nameText, BeastText value, error_code& ec) override {
    if (name == beast_http::field::content_length) readLength(text(value), ec);
    if (name == beast_http::field::transfer_encoding) readEncoding(text(value), ec);
    message.headers.add(text(nameText), text(value));
  }
  void on_header_impl(error_code& ec) override {
    if (framing.chunked && oldVersion_) ec = beast_http::error::bad_transfer_encoding;
  }
  void readLength(const std::string& value, error_code& ec) {
    bool digits = !value.empty() && value.size() < 19 && value.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || framing.length || framing.chunked) {
      ec = beast_http::error::bad_content_length;
      return;
    }
    std::uint64_t length = 0;
    std::from_chars(value.data(), value.data() + value.size(), length);
    framing.length = length;
  }
  void readEncoding(const std::string& value, error_code& ec) {
    if (!equalsIgnoringCase(value, "chunked") || framing.length || framing.chunked) {
      ec = beast_http::error::bad_transfer_encoding;
    }
    framing.chunked = true;
  }

  // Bodies are read by BodyDecoder.
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(BeastText, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, BeastText, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastText, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  bool oldVersion_ = false;
};

/// What both parsers share. The head is collected whole and checked before Beast sees it, so that the outcome does not
/// depend on how the bytes were cut.
template <bool isRequest, class Message>
struct Engine {
  Engine(Limits bounds, bool headAnswer)
      : limits(bounds),
        answersHead(headAnswer),
        reader(bounds),
        scanner(bounds.headBytes, bounds.headFields, isRequest) {}

  Result<Progress> feed(std::string_view& input) {
    if (!headDone) {
      auto read = collectHead(input);
      if (!read) return std::move(read).error();
      if (!headDone) return Progress::NeedMore;
    }
    auto taken = body.take(input, reader.message.body);
    if (!taken) return std::move(taken).error();
    return body.isDone() ? Progress::Done : Progress::NeedMore;
  }

  Result<void> collectHead(std::string_view& input) {
    auto taken = scanner.take(input);
    if (!taken) return std::move(taken).error();
    pending.append(input.substr(0, *taken));
    input.remove_prefix(*taken);
    if (!scanner.isDone()) return {};
    if constexpr (isRequest) pending.erase(0, pending.find_first_not_of("\r\n"));
    error_code ec;
    auto used = reader.put(boost::asio::const_buffer(pending.data(), pending.size()), ec);
    if (ec && ec != beast_http::error::need_more) return badMessage("the message is not HTTP/1.1: " + ec.message());
    if (used != pending.size() || !reader.is_header_done())
      return badMessage("the head of the message is not HTTP/1.1");
    pending = {};
    headDone = true;
    return beginBody();
  }

  Result<void> beginBody() {
    auto framing = reader.framing;
    if constexpr (!isRequest) {
      auto status = reader.message.status;
      if (answersHead || status / 100 == 1 || status == 204 || status == 304) {
        framing = {};
      } else {
        framing.untilClose = !framing.chunked && !framing.length;
      }
    }
    reader.message.keepAlive = reader.keep_alive() && !framing.untilClose;
    return body.begin(framing, limits.bodyBytes);
  }

  Limits limits;
  bool answersHead;
  HeadReader<isRequest, Message> reader;
  HeadScanner scanner;
  BodyDecoder body;
  std::string pending;  // the head as far as it has come
  bool headDone = false;
};

/// A path; of a whole address the path of it, as RFC 9112 3.2.2 asks of every server; "*" only for OPTIONS.
bool takeTarget(Request& request) {
  std::string& target = request.target;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equalsIgnoringCase(std::string_view(target).substr(0, scheme.size()), scheme)) continue;
    const auto path = target.find_first_of("/?", scheme.size());
    if (path == scheme.size()) return false;
    target.erase(0, std::min(path, target.size()));
    if (!target.starts_with('/')) target.insert(0, 1, '/');
    break;
  }
  const bool isPlain =
      std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
  return isPlain && (target.starts_with('/') || (target == "*" && request.method == "OPTIONS"));
}

}  // namespace

struct RequestParser::Impl : Engine<true, Request> {
  explicit Impl(Limits bounds) : Engine(bounds, false) {}
};

RequestParser::RequestParser(Limits limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;

Result<Progress> RequestParser::feed(std::string_view& input) {
  bool wasHeadDone = impl_->headDone;
  auto progress = impl_->feed(input);
  if (!wasHeadDone && impl_->headDone && !takeTarget(impl_->reader.message)) {
    return badMessage("the request target must be a path that starts with /");
  }
  return progress;
}

bool RequestParser::isHeadDone() const {
  return impl_->headDone;
}
const Request& RequestParser::head() const {
  return impl_->reader.message;
}
HeadFault RequestParser::headFault() const {
  return impl_->scanner.fault();
}
bool RequestParser::hasStarted() const {
  return impl_->scanner.hasStarted();
}
Request RequestParser::take() {
  return std::move(impl_->reader.message);
}

struct ResponseParser::Impl : Engine<false, Response> {
  using Engine::Engine;
};

ResponseParser::ResponseParser(Limits limits, bool headRequest) : impl_(std::make_unique<Impl>(limits, headRequest)) {}
ResponseParser::~ResponseParser() = default;
ResponseParser::ResponseParser(ResponseParser&&) noexcept = default;
ResponseParser& ResponseParser::operator=(ResponseParser&&) noexcept = default;

Result<Progress> ResponseParser::feed(std::string_view& input) {
  return impl_->feed(input);
}

Result<Progress> ResponseParser::finish() {
  Error cut{Errc::Protocol, "the connection was closed in the middle of an answer", {}, {}};
  if (!impl_->headDone) return cut;
  if (impl_->body.isDone() || impl_->body.endsWithConnection()) return Progress::Done;
  return cut;
}

bool ResponseParser::isHeadDone() const {
  return impl_->headDone;
}
const Response& ResponseParser::head() const {
  return impl_->reader.message;
}
std::string ResponseParser::takeBody() {
  return std::exchange(impl_->reader.message.body, {});
}
Response ResponseParser::take() {
  return std::move(impl_->reader.message);
}

}  // namespace microvm::http
