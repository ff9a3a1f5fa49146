#include "api/http/body_decoder.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::http;

namespace {

struct Decoded {
  Result<void> result;
  std::string body;
  std::string rest;
  bool done = false;
};

/// Feeds `bytes` in pieces of that size.
Decoded decode(Framing framing, std::string_view bytes, std::size_t piece, std::size_t cap = 1000) {
  BodyDecoder decoder;
  Decoded decoded;
  decoded.result = decoder.begin(framing, cap);
  while (decoded.result && !bytes.empty() && !decoder.isDone()) {
    auto part = bytes.substr(0, piece);
    auto given = part.size();
    decoded.result = decoder.take(part, decoded.body);
    bytes.remove_prefix(given - part.size());
  }
  decoded.rest = bytes;
  decoded.done = decoder.isDone();
  return decoded;
}

constexpr Framing kChunked{.chunked = true, .length = {}, .untilClose = false};

}  // namespace

TEST_CASE("chunks decode the same in pieces of any size") {
  const std::string_view bytes = "3\r\nabc\r\n00A;x=\"y\"\r\n0123456789\r\n0\r\nT: u\r\n\r\nnext";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    CAPTURE(piece);

    auto decoded = decode(kChunked, bytes, piece);

    CHECK(decoded.result);
    CHECK(decoded.done);
    CHECK(decoded.body == "abc0123456789");
    CHECK(decoded.rest == "next");
  }
}

TEST_CASE("chunks that are not as HTTP wants them are malformed") {
  for (std::string_view bad :
       {"\r\n", "g\r\n", " 3\r\n", "3 \r\n", "3\n", "3\rx", "3\r\nabcd", "3\r\nabc\rx", "3;\x01\r\n", "0\r\nT\x01",
        "0\r\n\rx", "0\r\nT: u\rx", "0000000000000001\r\n", "0x3\r\n"}) {
    CAPTURE(bad);
    for (std::size_t piece : {std::size_t{1}, bad.size()}) {
      auto decoded = decode(kChunked, bad, piece);
      REQUIRE_FALSE(decoded.result);
      CHECK(decoded.result.error().code == Errc::Malformed);
    }
  }
}

TEST_CASE("no body grows over its cap, by whatever framing") {
  Framing length{.chunked = false, .length = 11, .untilClose = false};
  Framing untilClose{.chunked = false, .length = {}, .untilClose = true};

  CHECK(decode(length, "", 1, 10).result.error().code == Errc::TooLarge);
  CHECK(decode(untilClose, "01234567890", 1, 10).result.error().code == Errc::TooLarge);
  CHECK(decode(kChunked, "6\r\n012345\r\n5\r\n", 1, 10).result.error().code == Errc::TooLarge);
  CHECK(decode(kChunked, "fffffffffffffff\r\n", 1, 10).result.error().code == Errc::TooLarge);
}

TEST_CASE("the text around a chunk is bounded, that around all of them is not") {
  std::string extension = "1;" + std::string(5000, 'a');
  std::string many;
  for (int i = 0; i < 900; ++i)
    many += "1;aaaaaaaa\r\nx\r\n";

  CHECK(decode(kChunked, extension, 1).result.error().code == Errc::TooLarge);
  CHECK(decode(kChunked, many + "0\r\n\r\n", 7).done);
}

TEST_CASE("without any framing there is no body") {
  auto decoded = decode(Framing{}, "next", 1);

  CHECK(decoded.done);
  CHECK(decoded.rest == "next");
}
