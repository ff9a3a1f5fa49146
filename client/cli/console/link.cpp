#include "client/cli/console/link.hpp"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace microvm::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{10};
constexpr std::size_t kPiece = 64 * 1024;

std::string stateOf(const client::Json& vm) {
  const auto status = vm.find("status");
  if (status == vm.end() || !status->is_object()) return {};
  return status->value("state", "");
}

}  // namespace

ConsoleLink::ConsoleLink(client::Client& client, std::string vm, client::ConsoleAccess access, Note note)
    : client_(client), vm_(std::move(vm)), access_(access), note_(std::move(note)) {}

Result<void> ConsoleLink::attach(const client::ConsolePlace& place) {
  auto connection = client_.attachConsole(vm_, access_, place);
  if (!connection) return std::move(connection).error();
  connection_ = std::move(*connection);
  if (place.offset && connection_.offset > *place.offset) {
    note_(fmt::format("{} bytes of output are no longer kept", connection_.offset - *place.offset));
  }
  offset_ = connection_.offset + connection_.received.size();
  return {};
}

std::string ConsoleLink::takeReceived() {
  return std::exchange(connection_.received, {});
}

void ConsoleLink::lose() {
  connection_.socket.reset();
  lostAt_ = Clock::now();
  told_ = false;
}

Result<std::string> ConsoleLink::receive() {
  std::string bytes(kPiece, '\0');
  const ssize_t count = ::recv(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return std::string();
  if (count <= 0) {
    lose();
    return std::string();
  }
  bytes.resize(static_cast<std::size_t>(count));
  offset_ += bytes.size();
  return bytes;
}

ssize_t ConsoleLink::send(std::string_view bytes) {
  return ::send(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

Result<ConsoleLink::State> ConsoleLink::reattach() {
  const auto vm = client_.getVm(vm_);
  if (!vm) return refused(vm.error());
  const std::string state = stateOf(*vm);
  if (state == "stopped" || state == "broken") return State::Ended;
  client::ConsolePlace place;
  place.offset = offset_;
  if (auto attached = attach(place); !attached) return refused(attached.error());
  if (told_) note_(fmt::format("attached to \"{}\" again", vm_));
  return State::Connected;
}

Result<ConsoleLink::State> ConsoleLink::refused(const Error& error) {
  if (error.code == Errc::NotFound || error.code == Errc::WrongState) return State::Ended;
  const bool mayPass = error.code == Errc::Unreachable || error.code == Errc::Unavailable ||
                       error.code == Errc::Protocol || error.code == Errc::Timeout;
  if (!mayPass || Clock::now() - lostAt_ > kPatience) return error;
  if (!told_) note_(fmt::format("the connection to \"{}\" broke; trying to attach again", vm_));
  told_ = true;
  return State::Waiting;
}

}  // namespace microvm::cli
