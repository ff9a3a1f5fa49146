#include "api/http/body_decoder.hpp"

#include <algorithm>

#include "api/core/text.hpp"

namespace microvm::http {
namespace {

constexpr std::size_t kOverheadCap = 4096;  // of one chunk's extensions, or of all trailers
constexpr std::size_t kSizeDigits = 15;     // no overflow, and far above every cap

Error badChunks() {
  return {Errc::Malformed, "the chunks of the body are not as HTTP/1.1 wants them", {}, {}};
}

}  // namespace

Result<void> BodyDecoder::begin(Framing framing, std::size_t cap) {
  cap_ = cap;
  if (framing.chunked) {
    state_ = State::ChunkSize;
  } else if (framing.length) {
    left_ = *framing.length;
    state_ = left_ == 0 ? State::Done : State::Length;
    if (left_ > cap_) return tooLarge();
  } else if (framing.untilClose) {
    state_ = State::UntilClose;
  }
  return {};
}

Result<void> BodyDecoder::take(std::string_view& input, std::string& body) {
  while (!input.empty() && state_ != State::Done) {
    bool data = state_ == State::Length || state_ == State::UntilClose || state_ == State::ChunkData;
    Result<void> taken;
    if (data) {
      taken = takeData(input, body);
    } else {
      char c = input.front();
      input.remove_prefix(1);
      taken = takeControl(c);
    }
    if (!taken) return taken;
  }
  return {};
}

Result<void> BodyDecoder::takeData(std::string_view& input, std::string& body) {
  auto count = input.size();
  if (state_ == State::UntilClose) {
    total_ += count;
    if (total_ > cap_) return tooLarge();
  } else {
    count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, count));
    left_ -= count;
  }
  body.append(input.substr(0, count));
  input.remove_prefix(count);
  if (state_ == State::UntilClose || left_ > 0) return {};
  state_ = state_ == State::Length ? State::Done : State::ChunkEnd;
  return {};
}

Result<void> BodyDecoder::takeControl(char c) {
  if (++overhead_ > kOverheadCap) {
    return Error{Errc::TooLarge,
                 "the chunks of the body have too much text around them",
                 "send larger chunks, or the body whole with Content-Length",
                 {}};
  }
  switch (state_) {
    case State::ChunkSize:
      return takeSizeDigit(c);
    case State::ChunkExtension:
      if (c == '\r') {
        state_ = State::ChunkSizeEnd;
        return {};
      }
      if (static_cast<unsigned char>(c) < 0x20 && c != '\t') return badChunks();
      return {};
    case State::ChunkSizeEnd:
      if (c != '\n') return badChunks();
      return endSizeLine();
    case State::ChunkEnd:
      return takeLineEnd(c, State::ChunkSize);
    case State::Trailer:
      return takeTrailer(c);
    case State::Length:
    case State::UntilClose:
    case State::ChunkData:
    case State::Done:
      break;
  }
  return badChunks();
}

Result<void> BodyDecoder::takeSizeDigit(char c) {
  auto value = hexValue(c);
  if (value >= 0) {
    if (++digits_ > kSizeDigits) return badChunks();
    left_ = left_ * 16 + static_cast<unsigned>(value);
    return {};
  }
  if (digits_ == 0) return badChunks();
  if (c == '\r') {
    state_ = State::ChunkSizeEnd;
  } else if (c == ';') {
    state_ = State::ChunkExtension;
  } else {
    return badChunks();
  }
  return {};
}

Result<void> BodyDecoder::endSizeLine() {
  total_ += left_;
  if (total_ > cap_) return tooLarge();
  state_ = left_ == 0 ? State::Trailer : State::ChunkData;
  overhead_ = 0;
  digits_ = 0;
  return {};
}

Result<void> BodyDecoder::takeLineEnd(char c, State next) {
  if (c != (afterCr_ ? '\n' : '\r')) return badChunks();
  if (afterCr_) state_ = next;
  afterCr_ = !afterCr_;
  return {};
}

Result<void> BodyDecoder::takeTrailer(char c) {
  if (afterCr_) {
    if (c != '\n') return badChunks();
    afterCr_ = false;
    if (lineSize_ == 0) state_ = State::Done;
    lineSize_ = 0;
  } else if (c == '\r') {
    afterCr_ = true;
  } else if (static_cast<unsigned char>(c) < 0x20 && c != '\t') {
    return badChunks();
  } else {
    ++lineSize_;
  }
  return {};
}

Error BodyDecoder::tooLarge() const {
  const auto cap = std::to_string(cap_);
  return {Errc::TooLarge, "the body is larger than " + cap + " bytes", "send one of at most " + cap + " bytes", {}};
}

}  // namespace microvm::http
