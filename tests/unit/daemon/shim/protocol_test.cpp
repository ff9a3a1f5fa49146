#include "daemon/shim/protocol.hpp"

#include <random>

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::shim;

TEST_CASE("frames come out as they went in, however the bytes are cut") {
  const std::string big(kPayloadBytes, 'x');
  const auto stream =
      encodeFrame(FrameType::Hello, "ab") + encodeFrame(FrameType::End) + encodeFrame(FrameType::Output, big);
  FrameReader reader;
  std::vector<Frame> frames;

  for (std::size_t i = 0; i < stream.size(); ++i) {
    reader.append(std::string_view(stream).substr(i, 1));
    auto next = reader.next();
    REQUIRE(next);
    if (*next) frames.push_back(**next);
  }

  REQUIRE(frames.size() == 3);
  CHECK(frames[0] == Frame{FrameType::Hello, "ab"});
  CHECK(frames[1] == Frame{FrameType::End, ""});
  CHECK(frames[2] == Frame{FrameType::Output, big});
}

TEST_CASE("several frames in one piece are all read") {
  FrameReader reader;
  reader.append(encodeFrame(FrameType::Status) + encodeFrame(FrameType::Kill) + "\x01");

  CHECK((*reader.next())->type == FrameType::Status);
  CHECK((*reader.next())->type == FrameType::Kill);
  CHECK_FALSE(reader.next()->has_value());
}

TEST_CASE("a length over the cap is refused before its payload arrives") {
  FrameReader reader;
  std::string head(kHeadBytes, '\0');
  encodeHead(head.data(), FrameType::Input, kPayloadBytes + 1);
  reader.append(head);

  const auto next = reader.next();

  REQUIRE_FALSE(next);
  CHECK(next.error().code == Errc::Protocol);
}

TEST_CASE("no garbage makes the reader crash or hold more than a frame") {
  std::mt19937 random(42);  // the same bytes in every run
  for (int round = 0; round < 300; ++round) {
    FrameReader reader;
    std::string bytes(1 + random() % 400, '\0');
    for (auto& each : bytes)
      each = static_cast<char>(random());
    reader.append(bytes);
    std::size_t taken = 0;
    while (true) {
      auto next = reader.next();
      if (!next || !*next) break;
      taken += kHeadBytes + (*next)->payload.size();
    }
    CHECK(taken <= bytes.size());
  }
}

TEST_CASE("numbers are little endian and a short text gives none") {
  std::string out;
  putU16(out, 0x0102);
  putU64(out, 0x1122334455667788);
  CHECK(out == std::string("\x02\x01\x88\x77\x66\x55\x44\x33\x22\x11"));
  std::string_view in = out;

  CHECK(takeU16(in) == 0x0102);
  CHECK(takeU64(in) == 0x1122334455667788);
  CHECK_FALSE(takeU8(in));
}

TEST_CASE("the highest version that both speak is chosen") {
  CHECK(chooseVersion(1, 1) == 1);
  CHECK(chooseVersion(1, 9) == kHighestVersion);
  CHECK(chooseVersion(0, 0) == std::nullopt);
  CHECK(chooseVersion(kHighestVersion + 1, 9) == std::nullopt);
  CHECK(chooseVersion(2, 1) == std::nullopt);
}
