#include "api/http/head_scanner.hpp"

#include <algorithm>
#include <utility>

namespace microvm::http {
namespace {

bool isControl(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

/// How many characters stand in front that nothing can be wrong with, within a line.
std::size_t plainRun(std::string_view bytes) {
  return static_cast<std::size_t>(std::find_if(bytes.begin(), bytes.end(), isControl) - bytes.begin());
}

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

Result<std::size_t> HeadScanner::take(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size() && !done_) {
    if (size_ == cap_) {
      return fail(HeadFault::TooLarge, "the head of the message is larger than " + std::to_string(cap_) + " bytes");
    }
    const bool isWithinLine = lineSize_ > 0 && !afterCr_;
    const auto run = isWithinLine ? plainRun(bytes.substr(at, cap_ - size_)) : 0;
    const auto piece = bytes.substr(at, std::max<std::size_t>(run, 1));
    at += piece.size();
    size_ += piece.size();
    if (run > 0) {
      takePlain(piece);
    } else if (auto taken = takeByte(piece.front()); !taken) {
      return std::move(taken).error();
    }
  }
  return at;
}

void HeadScanner::takePlain(std::string_view run) {
  lineSize_ += run.size();
  if (!firstLine_) return;
  const auto last = run.substr(run.size() - std::min(run.size(), sizeof(tail_)));
  std::copy(std::begin(tail_) + last.size(), std::end(tail_), std::begin(tail_));
  std::copy(last.begin(), last.end(), std::end(tail_) - last.size());
}

Result<void> HeadScanner::takeByte(char c) {
  if (afterCr_) {
    afterCr_ = false;
    if (c != '\n') return fail(HeadFault::Malformed, "a carriage return stands alone in the head");
    return endLine();
  }
  if (c == '\r') {
    afterCr_ = true;
    return {};
  }
  if (c == '\n') return fail(HeadFault::Malformed, "a line of the head does not end with CR LF");
  if (lineSize_ == 0 && (c == ' ' || c == '\t'))
    return fail(HeadFault::Malformed, "a line of the head starts with a blank");
  if (isControl(c) && (c != '\t' || firstLine_)) return fail(HeadFault::Malformed, "the head has a control character");
  takePlain(std::string_view(&c, 1));
  return {};
}

Result<void> HeadScanner::endLine() {
  if (request_ && firstLine_ && lineSize_ == 0) return {};
  if (firstLine_) {
    if (auto known = endFirstLine(); !known) return known;
  } else if (lineSize_ == 0) {
    done_ = true;
  } else if (++fields_ > fieldCap_) {
    return fail(HeadFault::TooLarge,
                "the head of the message has more than " + std::to_string(fieldCap_) + " header fields");
  }
  firstLine_ = false;
  lineSize_ = 0;
  return {};
}

Result<void> HeadScanner::endFirstLine() {
  const std::string_view end(tail_, sizeof(tail_));
  if (!request_ || (lineSize_ > sizeof(tail_) && (end == " HTTP/1.1" || end == " HTTP/1.0"))) return {};
  const bool isVersion =
      lineSize_ > sizeof(tail_) && end.starts_with(" HTTP/") && isDigit(end[6]) && end[7] == '.' && isDigit(end[8]);
  if (isVersion) return fail(HeadFault::Version, "HTTP/1.1 is spoken here, not" + std::string(end));
  return fail(HeadFault::Malformed, "the first line is not that of an HTTP/1.1 request");
}

Error HeadScanner::fail(HeadFault fault, std::string detail) {
  fault_ = fault;
  return {fault == HeadFault::TooLarge ? Errc::TooLarge : Errc::Malformed, std::move(detail), {}, {}};
}

}  // namespace microvm::http
