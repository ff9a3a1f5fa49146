#include "api/http/head_scanner.hpp"

#include <algorithm>

namespace microvm::http {
namespace {

Error malformed(std::string detail) {
  return {Errc::Malformed, std::move(detail), {}, {}};
}

bool isControl(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

}  // namespace

Result<std::size_t> HeadScanner::take(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (done_) return i;
    if (++size_ > cap_) {
      return Error{Errc::TooLarge, "the head of the message is larger than " + std::to_string(cap_) + " bytes", {}, {}};
    }
    auto taken = takeByte(bytes[i]);
    if (!taken) return std::move(taken).error();
  }
  return bytes.size();
}

Result<void> HeadScanner::takeByte(char c) {
  if (afterCr_) {
    afterCr_ = false;
    if (c != '\n') return malformed("a carriage return stands alone in the head");
    return endLine();
  }
  if (c == '\r') {
    afterCr_ = true;
    return {};
  }
  if (c == '\n') return malformed("a line of the head does not end with CR LF");
  if (lineSize_ == 0 && (c == ' ' || c == '\t')) return malformed("a line of the head starts with a blank");
  if (isControl(c) && (c != '\t' || firstLine_)) return malformed("the head has a control character");
  std::rotate(std::begin(tail_), std::begin(tail_) + 1, std::end(tail_));
  tail_[8] = c;
  ++lineSize_;
  return {};
}

Result<void> HeadScanner::endLine() {
  if (firstLine_) {
    std::string_view end(tail_, sizeof(tail_));
    bool known = end == " HTTP/1.1" || end == " HTTP/1.0";
    if (request_ && (lineSize_ < sizeof(tail_) || !known))
      return malformed("the first line is not that of an HTTP/1.1 request");
  } else if (lineSize_ == 0) {
    done_ = true;
  }
  firstLine_ = false;
  lineSize_ = 0;
  return {};
}

}  // namespace microvm::http
