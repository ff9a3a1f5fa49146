// What no honest client sends, a row each: it is answered as the RFCs say, or its connection is closed, and the daemon
// is none the worse for it.
#include <algorithm>
#include <memory>
#include <regex>
#include <sys/socket.h>

#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"
#include "tests/support/processes.hpp"

using namespace microvm::test;

namespace {

struct Row {
  std::string what;
  std::string bytes;
  std::vector<int> statuses;  ///< of the answers, in order; the connection is closed after the last
};

const std::string kHost = "Host: x\r\n";
const std::string kJson = "Content-Type: application/json\r\n";
const std::string kPost = "POST /v1/vms HTTP/1.1\r\n" + kHost + kJson;
const std::string kChunked = kPost + "Transfer-Encoding: chunked\r\n\r\n";
/// What a smuggler hides behind a request that two readers end at different places.
const std::string kHidden = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

std::string get(const std::string& headers) {
  return "GET /healthz HTTP/1.1\r\n" + headers + "\r\n";
}

std::string manyFields(int count) {
  std::string fields = kHost;
  for (int i = 0; i < count; ++i)
    fields += "A" + std::to_string(i) + ": b\r\n";
  return fields;
}

std::vector<Row> smuggling() {
  const std::string te = "Transfer-Encoding: chunked\r\n";
  return {
      {"both lengths, CL first", kPost + "Content-Length: 4\r\n" + te + "\r\n0\r\n\r\n" + kHidden, {400}},
      {"both lengths, TE first", kPost + te + "Content-Length: 4\r\n\r\n0\r\n\r\n" + kHidden, {400}},
      {"two different lengths", kPost + "Content-Length: 0\r\nContent-Length: 34\r\n\r\n" + kHidden, {400}},
      {"two equal lengths", kPost + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + kHidden, {400}},
      {"a list of lengths", kPost + "Content-Length: 2, 2\r\n\r\n{}" + kHidden, {400}},
      {"a length with a sign", kPost + "Content-Length: +2\r\n\r\n{}" + kHidden, {400}},
      {"a negative length", kPost + "Content-Length: -1\r\n\r\n" + kHidden, {400}},
      {"a hexadecimal length", kPost + "Content-Length: 0x2\r\n\r\n{}" + kHidden, {400}},
      {"a length with a blank in it", kPost + "Content-Length: 1 2\r\n\r\n{}" + kHidden, {400}},
      {"an empty length", kPost + "Content-Length: \r\n\r\n" + kHidden, {400}},
      {"a length that overflows", kPost + "Content-Length: 18446744073709551618\r\n\r\n{}" + kHidden, {400}},
      {"a blank before the colon", kPost + "Content-Length : 34\r\n\r\n" + kHidden, {400}},
      {"a tab before the colon", kPost + "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n" + kHidden, {400}},
      {"chunked in quotes", kPost + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n" + kHidden, {400}},
      {"chunked twice", kPost + te + te + "\r\n0\r\n\r\n" + kHidden, {400}},
      {"chunked in a list with itself",
       kPost + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + kHidden,
       {400}},
      {"another coding before chunked", kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + kHidden, {400}},
      {"another coding after chunked",
       kPost + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + kHidden,
       {400}},
      {"a coding that looks like chunked", kPost + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + kHidden, {400}},
      {"a vertical tab before chunked",
       kPost +
           "Transfer-Encoding: \x0b"
           "chunked\r\n\r\n0\r\n\r\n" +
           kHidden,
       {400}},
      {"a folded line", kPost + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + kHidden, {400}},
      {"a line that begins with a blank", "GET /healthz HTTP/1.1\r\n Host: x\r\n\r\n", {400}},
      {"a bare LF before the length", "POST /v1/vms HTTP/1.1\r\nHost: x\nContent-Length: 34\r\n\r\n" + kHidden, {400}},
      {"a bare CR before the length", "POST /v1/vms HTTP/1.1\r\nHost: x\rContent-Length: 34\r\n\r\n" + kHidden, {400}},
      {"chunks of HTTP/1.0", "POST /v1/vms HTTP/1.0\r\n" + te + "\r\n0\r\n\r\n", {400}},
      {"two Hosts", get("Host: a\r\nHost: b\r\n") + kHidden, {400}},
  };
}

std::vector<Row> chunks() {
  return {
      {"no digit", kChunked + "\r\n{}\r\n0\r\n\r\n", {400}},
      {"no hexadecimal digit", kChunked + "g\r\n{}\r\n0\r\n\r\n", {400}},
      {"a negative size", kChunked + "-2\r\n{}\r\n0\r\n\r\n", {400}},
      {"a size with 0x", kChunked + "0x2\r\n{}\r\n0\r\n\r\n", {400}},
      {"a size after a blank", kChunked + " 2\r\n{}\r\n0\r\n\r\n", {400}},
      {"a size before a blank", kChunked + "2 \r\n{}\r\n0\r\n\r\n", {400}},
      {"a size that overflows", kChunked + "fffffffffffffffff\r\n{}\r\n0\r\n\r\n", {400}},
      {"a size over the limit", kChunked + "fffffff\r\n{}", {413}},
      {"a size line with a bare LF", kChunked + "2\n{}\r\n0\r\n\r\n", {400}},
      {"an extension with a bare LF", kChunked + "2;a\n{}\r\n0\r\n\r\n", {400}},
      {"an extension without an end", kChunked + "2;" + std::string(8'000, 'a'), {413}},
      {"a chunk longer than its size", kChunked + "1\r\n{}\r\n0\r\n\r\n", {400}},
      {"a chunk without its line end", kChunked + "2\r\n{}0\r\n\r\n", {400}},
      {"a trailer with a bare CR", kChunked + "0\r\nA: b\rC: d\r\n\r\n", {400}},
      {"trailers without an end", kChunked + "0\r\n" + std::string(8'000, 'a'), {413}},
      {"an end in the middle of a chunk", kChunked + "5\r\n{}", {400}},
  };
}

std::vector<Row> heads() {
  using std::string_literals::operator""s;
  const std::string closing = kHost + "Connection: close\r\n";
  return {
      {"nothing but line ends", "\r\n\r\n\r\n", {}},
      {"empty lines before a request", "\r\n\r\n" + get(closing), {200}},
      {"an empty line between two requests", get(kHost) + "\r\n" + get(closing), {200, 200}},
      {"a bare LF before a request", "\n" + get(closing), {400}},
      {"no HTTP at all", "hello\r\n\r\n", {400}},
      {"TLS to a plain socket", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, {400}},
      {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {505}},
      {"HTTP/1.0", "GET /healthz HTTP/1.0\r\n\r\n", {505}},
      {"HTTP/0.9", "GET /healthz\r\n", {400}},
      {"HTTP/9.9", "GET /healthz HTTP/9.9\r\n" + kHost + "\r\n", {505}},
      {"a version in small letters", "GET /healthz http/1.1\r\n" + kHost + "\r\n", {400}},
      {"two blanks in the first line", "GET  /healthz HTTP/1.1\r\n" + kHost + "\r\n", {400}},
      {"a blank in the target", "GET /he althz HTTP/1.1\r\n" + kHost + "\r\n", {400}},
      {"a target without a slash", "GET healthz HTTP/1.1\r\n" + kHost + "\r\n", {400}},
      {"a target with a fragment", "GET /healthz#a HTTP/1.1\r\n" + kHost + "\r\n", {400}},
      {"a target that is no UTF-8", "GET /\xff\xfe HTTP/1.1\r\n" + kHost + "\r\n", {400}},
      {"a target for a proxy", "CONNECT x:443 HTTP/1.1\r\n" + kHost + "\r\n", {400}},
      {"a whole address", "GET http://other/healthz HTTP/1.1\r\n" + closing + "\r\n", {200}},
      {"dots in the path", "GET /v1/../healthz HTTP/1.1\r\n" + closing + "\r\n", {400}},
      {"an encoded slash", "GET /v1%2fvms HTTP/1.1\r\n" + closing + "\r\n", {400}},
      {"an encoded NUL", "GET /v1/vms/a%00b HTTP/1.1\r\n" + closing + "\r\n", {400}},
      {"half an escape", "GET /v1/vms/a%2 HTTP/1.1\r\n" + closing + "\r\n", {400}},
      {"a NUL in the first line", "GET /\0 HTTP/1.1\r\n"s + kHost + "\r\n", {400}},
      {"a NUL in a name", get("Ho\0st: x\r\n"s), {400}},
      {"a NUL in a value", get("Host: x\0y\r\n"s), {400}},
      {"a DEL in a value", get("Host: x\x7f\r\n"), {400}},
      {"a name with a blank", get(kHost + "A b: c\r\n"), {400}},
      {"an empty name", get(kHost + ": c\r\n"), {400}},
      {"a line without a colon", get(kHost + "Broken\r\n"), {400}},
      {"no Host", get("Connection: close\r\n"), {400}},
      {"a Host that is a path", get("Host: a/b\r\nConnection: close\r\n"), {400}},
      {"a head over 16 KiB", get(kHost + "A: " + std::string(17'000, 'a') + "\r\n"), {431}},
      {"a head without an end", "GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x'), {431}},
      {"a hundred and one fields", get(manyFields(101)), {431}},
      {"a method that nobody knows", "BREW /v1/vms HTTP/1.1\r\n" + closing + "\r\n", {501}},
      {"a method in small letters", "get /healthz HTTP/1.1\r\n" + closing + "\r\n", {501}},
      {"TRACE", "TRACE /healthz HTTP/1.1\r\n" + closing + "\r\n", {501}},
      {"a method that the path does not take", "DELETE /healthz HTTP/1.1\r\n" + closing + "\r\n", {405}},
      {"OPTIONS of everything", "OPTIONS * HTTP/1.1\r\n" + closing + "\r\n", {204}},
      {"another expectation", kPost + "Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}", {417}},
      {"an expected answer before the body", kPost + "Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n", {413}},
      {"a body that is announced too large", kPost + "Content-Length: 99999999999\r\n\r\n{", {413}},
      {"a body that ends early", kPost + "Content-Length: 100\r\n\r\n{}", {400}},
      {"a body of another type", "POST /v1/vms HTTP/1.1\r\n" + closing + "Content-Length: 2\r\n\r\n{}", {415}},
      {"a head that ends early", "GET /healthz HTTP/1.1\r\nHost", {400}},
      {"pipelined up to the fault", get(kHost) + get(kHost) + "GET\r\n\r\n" + kHidden, {200, 200, 400}},
      {"nothing behind a close", get(closing) + kHidden, {200}},
  };
}

std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
}

std::vector<Row> bodies() {
  const auto post = [](const std::string& body) {
    return kPost + "Connection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  };
  return {
      {"no JSON", post("{"), {400}},
      {"a NUL in the JSON", post(std::string("{\"a\":\"\0\"}", 9)), {400}},
      {"no UTF-8 in the JSON", post("{\"a\":\"\xff\"}"), {400}},
      {"a member twice", post(R"({"metadata":{},"metadata":{}})"), {400}},
      {"a number that is too large", post(R"({"a":1e999})"), {400}},
      {"nested deeply", post(nested(10'000)), {413}},
      {"many values",
       post([] {
         std::string list = "[0";
         for (int i = 0; i < 30'000; ++i)
           list += ",0";
         return list + "]";
       }()),
       {413}},
  };
}

std::string textOf(const std::vector<int>& statuses) {
  std::string text;
  for (const int status : statuses)
    text += std::to_string(status) + " ";
  return text;
}

std::string statusesOf(const std::string& answers) {
  static const std::regex kFirstLine(R"(HTTP/1\.1 (\d{3}) [A-Z])");
  std::vector<int> statuses;
  for (std::sregex_iterator at(answers.begin(), answers.end(), kFirstLine), end; at != end; ++at)
    statuses.push_back(std::stoi((*at)[1]));
  return textOf(statuses);
}

/// In one piece, or byte by byte; a peer that has gone away meanwhile has said enough.
enum class Pace { Whole, Bytes };

std::string answersTo(const Daemon& daemon, const std::string& bytes, Pace pace) {
  const RawConnection connection(daemon.api().socket());
  if (pace == Pace::Whole) {
    connection.send(bytes);
  } else {
    for (const char byte : bytes) {
      if (!connection.send(std::string(1, byte))) break;
    }
  }
  ::shutdown(connection.fd(), SHUT_WR);
  return connection.readAll();
}

void checkRows(const std::vector<Row>& rows) {
  const Daemon daemon;
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(statusesOf(answersTo(daemon, row.bytes, Pace::Whole)) == textOf(row.statuses));
    if (row.bytes.size() > 2'000) continue;
    CHECK(statusesOf(answersTo(daemon, row.bytes, Pace::Bytes)) == textOf(row.statuses));
  }
  CHECK(daemon.api().get("/healthz").status == 200);
  CHECK(daemon.api().get("/v1/vms").json().at("items").empty());
}

}  // namespace

TEST_CASE("requests that two readers could end at different places are refused, and nothing behind them is read") {
  checkRows(smuggling());
}

TEST_CASE("chunks that are none are refused") {
  checkRows(chunks());
}

TEST_CASE("heads that are none, too large or of another version are told apart") {
  checkRows(heads());
}

TEST_CASE("bodies that are no JSON, or too much of it, are refused") {
  checkRows(bodies());
}

TEST_CASE("a daemon that has heard all of it many times has not grown") {
  const Daemon daemon;
  std::vector<Row> rows;
  for (const auto& some : {smuggling(), chunks(), heads(), bodies()})
    rows.insert(rows.end(), some.begin(), some.end());
  const auto hearAll = [&](int times) {
    for (int i = 0; i < times; ++i) {
      for (const Row& row : rows) {
        const RawConnection connection(daemon.api().socket());
        connection.send(row.bytes);
        ::shutdown(connection.fd(), SHUT_WR);
        if (i % 2 == 0) connection.readAll();  // the others go away without an answer
      }
    }
  };
  hearAll(4);
  const auto before = residentBytes(daemon.pid());

  hearAll(12);

  CHECK(residentBytes(daemon.pid()) < before + 4 * 1024 * 1024);
  CHECK(daemon.api().get("/healthz").status == 200);
}

TEST_CASE("two hundred and fifty-six clients at once are served, though half of them stall") {
  const Daemon daemon;
  std::vector<std::unique_ptr<RawConnection>> stalled;
  std::vector<std::unique_ptr<RawConnection>> busy;
  for (int i = 0; i < 128; ++i) {
    stalled.push_back(std::make_unique<RawConnection>(daemon.api().socket()));
    busy.push_back(std::make_unique<RawConnection>(daemon.api().socket()));
    const std::string half = i % 2 == 0 ? "GET /healthz HT" : kPost + "Content-Length: 100\r\n\r\n{\"meta";
    REQUIRE(stalled.back()->send(half));
  }

  const std::string healthy =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: r\r\nContent-Length: 15\r\n\r\n"
      R"({"status":"ok"})";
  int served = 0;
  for (int round = 0; round < 4; ++round) {
    for (const auto& client : busy)
      REQUIRE(client->send(get(kHost + "X-Request-Id: r\r\n")));
    for (const auto& client : busy)
      served += client->read(healthy.size()) == healthy ? 1 : 0;
  }

  CHECK(served == 4 * 128);
  CHECK(daemon.api().get("/v1/vms").status == 200);
}
