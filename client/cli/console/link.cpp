#include "client/cli/console/link.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace microvm::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = http::WebSocketEvent::Kind;

constexpr std::chrono::seconds kPatience{10};
constexpr std::size_t kReadPiece = 64 * 1024;
constexpr std::size_t kFrameBytes = 16 * 1024;
constexpr std::size_t kMostNamed = 5;
constexpr http::WebSocketEncoder kEncoder(http::WebSocketRole::Client);

std::string stateOf(const client::Json& vm) {
  const auto status = vm.find("status");
  if (status == vm.end() || !status->is_object()) return {};
  return status->value("state", "");
}

std::string nameOf(const client::Json& viewer) {
  const auto label = viewer.value("label", "");
  return label.empty() ? fmt::format("viewer {}", viewer.value("id", 0)) : label;
}

}  // namespace

ConsoleLink::ConsoleLink(client::Client& client, std::string vm, client::ConsoleRequest request, Note note)
    : client_(client), vm_(std::move(vm)), request_(std::move(request)), note_(std::move(note)) {}

Result<void> ConsoleLink::attach() {
  auto connection = client_.attachConsole(vm_, request_);
  if (!connection) return std::move(connection).error();
  connection_ = std::move(*connection);
  decoder_ = http::WebSocketDecoder(http::WebSocketRole::Client);
  const auto wanted = request_.place.offset;
  if (wanted && connection_.offset > *wanted) {
    note_(fmt::format("{} bytes of output are no longer kept", connection_.offset - *wanted));
  }
  offset_ = connection_.offset;
  received_ = decode(std::exchange(connection_.received, {}));
  if (!typed_.empty()) out_ = kEncoder.binary(typed_);
  return {};
}

std::string ConsoleLink::takeReceived() {
  return std::exchange(received_, {});
}

void ConsoleLink::lose() {
  connection_.socket.reset();
  out_.clear();
  lostAt_ = Clock::now();
  told_ = false;
}

Result<std::string> ConsoleLink::receive() {
  std::string bytes(kReadPiece, '\0');
  const ssize_t count = ::recv(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return std::string();
  if (count <= 0) {
    lose();
    return std::string();
  }
  return decode(std::string_view(bytes).substr(0, static_cast<std::size_t>(count)));
}

/// The console's bytes among what came; what else there is, is heeded.
std::string ConsoleLink::decode(std::string_view bytes) {
  std::string out;
  if (!isSocket()) {
    out = bytes;
    offset_ += out.size();
    return out;
  }
  decoder_.append(bytes);
  while (isConnected()) {
    auto event = decoder_.next();
    if (event && !*event) break;
    if (!event || (*event)->kind == Kind::Close) {
      lose();
      break;
    }
    if ((*event)->kind == Kind::Text) heed((*event)->payload);
    if ((*event)->kind == Kind::Ping && out_.empty()) out_ = kEncoder.pong((*event)->payload);
    if ((*event)->kind != Kind::Binary) continue;
    offset_ += (*event)->payload.size();
    out += (*event)->payload;
  }
  return out;
}

/// Whatever a newer daemon may say beyond these is passed over.
void ConsoleLink::heed(const std::string& message) {
  const auto json = client::Json::parse(message, nullptr, false);
  if (!json.is_object()) return;
  const auto type = json.value("type", "");
  if (type == "offset") viewer_ = json.value("viewer", std::uint64_t{0});
  if (type == "gap") {
    const auto to = json.value("to", offset_);
    note_(fmt::format("{} bytes of output were skipped", to - offset_));
    offset_ = to;
  }
  if (type == "viewers") heedViewers(json);
  if (type == "exclusive") heedExclusive(json);
  if (type == "error") note_(json.value("detail", ""));
}

void ConsoleLink::heedViewers(const client::Json& message) {
  names_.clear();
  std::string others;
  std::size_t count = 0;
  for (const auto& each : message.value("viewers", client::Json::array())) {
    if (!each.is_object()) continue;
    const auto id = each.value("id", std::uint64_t{0});
    names_[id] = nameOf(each);
    if (id == viewer_ || ++count > kMostNamed) continue;
    others += fmt::format("{}{} ({})", count == 1 ? "" : ", ", names_[id], each.value("mode", ""));
  }
  if (std::exchange(toldViewers_, true) || count == 0) return;
  const auto more = count > kMostNamed ? fmt::format(" and {} more", count - kMostNamed) : std::string();
  note_(fmt::format("also attached: {}{}", others, more));
}

void ConsoleLink::heedExclusive(const client::Json& message) {
  const auto viewer = message.find("viewer");
  const bool isHeld = viewer != message.end() && viewer->is_number();
  const auto before = std::exchange(holder_, isHeld ? std::optional(viewer->get<std::uint64_t>()) : std::nullopt);
  if (request_.access == client::ConsoleAccess::ReadOnly || holder_ == viewer_) return;
  if (holder_) {
    // Who has lost it does not take it again behind the holder's back, when the connection is made anew.
    request_.access = client::ConsoleAccess::ReadWrite;
    request_.takeOver = false;
    note_(fmt::format("{} has the console exclusively: what is typed here goes nowhere", names_[*holder_]));
  } else if (before && *before != viewer_) {
    note_("the console is free again: what is typed here is heard");
  }
}

/// Whether all of it is sent.
bool ConsoleLink::flush() {
  while (!out_.empty()) {
    const ssize_t count = ::send(fd(), out_.data(), out_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count <= 0) return false;
    out_.erase(0, static_cast<std::size_t>(count));
  }
  typed_.clear();
  return true;
}

std::size_t ConsoleLink::send(std::string_view bytes) {
  if (!flush() || bytes.empty()) return 0;
  if (!isSocket()) {
    const ssize_t count = ::send(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  typed_ = bytes.substr(0, kFrameBytes);
  const auto taken = typed_.size();
  out_ = kEncoder.binary(typed_);
  (void)flush();
  return taken;
}

Result<ConsoleLink::State> ConsoleLink::reattach() {
  const auto vm = client_.getVm(vm_);
  if (!vm) return refused(vm.error());
  const std::string state = stateOf(*vm);
  if (state == "stopped" || state == "broken") return State::Ended;
  request_.place = client::ConsolePlace{.offset = offset_, .tail = {}};
  if (auto attached = attach(); !attached) return refused(attached.error());
  if (told_) note_(fmt::format("attached to \"{}\" again", vm_));
  return State::Connected;
}

Result<ConsoleLink::State> ConsoleLink::refused(const Error& error) {
  if (error.code == Errc::NotFound || error.code == Errc::WrongState) return State::Ended;
  if (error.code == Errc::InUse && request_.access == client::ConsoleAccess::Exclusive) {
    note_(error.detail + "; going on without");
    request_.access = client::ConsoleAccess::ReadWrite;
    return State::Waiting;
  }
  const bool mayPass = error.code == Errc::Unreachable || error.code == Errc::Unavailable ||
                       error.code == Errc::Protocol || error.code == Errc::Timeout;
  if (!mayPass || Clock::now() - lostAt_ > kPatience) return error;
  if (!told_) note_(fmt::format("the connection to \"{}\" broke; trying to attach again", vm_));
  told_ = true;
  return State::Waiting;
}

}  // namespace microvm::cli
