#include "daemon/shim/connection.hpp"

#include <cerrno>
#include <unistd.h>

namespace microvm::shim {
namespace {

constexpr std::size_t kOutputBytes = 256 * 1024;  // answers kept for a client that does not read

bool isTemporary(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

void Connection::read(char* scratch, std::size_t capacity) {
  if (!socket_) return;
  const auto got = ::read(socket_.get(), scratch, capacity);
  if (got > 0) reader_.append(std::string_view(scratch, static_cast<std::size_t>(got)));
  if (got == 0 || (got < 0 && !isTemporary(errno))) close();
}

bool Connection::isHeldBack() const {
  return closing_ || !input.empty() || out_.size() - sent_ > kOutputBytes;
}

std::optional<Frame> Connection::nextRequest() {
  if (!socket_ || isHeldBack()) return std::nullopt;
  auto frame = reader_.next();
  if (frame) return std::move(*frame);
  sendError("protocol", frame.error().detail);
  closeWhenSent();
  return std::nullopt;
}

void Connection::send(FrameType type, std::string_view payload) {
  sendRaw(encodeFrame(type, payload));
}

void Connection::sendError(std::string_view code, std::string_view text) {
  send(FrameType::Error, std::string(code) + " " + std::string(text));
}

void Connection::sendRaw(std::string_view bytes) {
  if (!hasOutput() && socket_) {
    const auto written = ::write(socket_.get(), bytes.data(), bytes.size());
    if (written < 0 && !isTemporary(errno)) close();
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (socket_) out_.append(bytes);
}

void Connection::flush() {
  while (socket_ && hasOutput()) {
    const auto written = ::write(socket_.get(), out_.data() + sent_, out_.size() - sent_);
    if (written < 0 && isTemporary(errno)) return;
    if (written <= 0) return close();
    sent_ += static_cast<std::size_t>(written);
  }
  out_ = std::string();  // gives the memory back
  sent_ = 0;
  if (closing_) close();
}

void Connection::closeWhenSent() {
  closing_ = true;
  if (!hasOutput()) close();
}

}  // namespace microvm::shim
