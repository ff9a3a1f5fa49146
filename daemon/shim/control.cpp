#include "daemon/shim/control.hpp"

#include <algorithm>

#include "daemon/process/unix_socket.hpp"

namespace microvm::shim {
namespace {

constexpr std::size_t kClients = 128;
constexpr int kFramesPerRound = 4;  // for one viewer, so that none keeps the others waiting
constexpr std::size_t kOffsetBytes = 8;
constexpr short kGone = POLLERR | POLLHUP | POLLNVAL;

}  // namespace

Control::Control(UniqueFd listener, ConsoleLog& log, ControlHost& host)
    : listener_(std::move(listener)), log_(log), host_(host), scratch_(kHeadBytes + kPayloadBytes) {}

bool Control::hasNews(const Connection& client) const {
  return client.viewer && client.viewer->offset < log_.end();
}

void Control::addTo(std::vector<pollfd>& waits) {
  firstWait_ = waits.size();
  waitedClients_ = clients_.size();
  waits.push_back({clients_.size() < kClients ? listener_.get() : -1, POLLIN, 0});
  for (const auto& client : clients_) {
    short events = client->isHeldBack() ? 0 : POLLIN;
    if (client->hasOutput() || hasNews(*client)) events = static_cast<short>(events | POLLOUT);
    waits.push_back({client->fd(), events, 0});
  }
}

void Control::handle(const std::vector<pollfd>& waits) {
  for (std::size_t i = 0; i < waitedClients_; ++i) {
    auto& client = *clients_[i];
    const short seen = waits[firstWait_ + 1 + i].revents;
    if ((seen & POLLIN) != 0) {
      client.read(scratch_.data(), scratch_.size());
    } else if ((seen & kGone) != 0) {
      client.close();
    }
  }
  if ((waits[firstWait_].revents & POLLIN) != 0) accept();
}

void Control::accept() {
  while (clients_.size() < kClients) {
    auto socket = acceptUnix(listener_.get());
    if (!socket) return;
    clients_.push_back(std::make_unique<Connection>(std::move(*socket)));
  }
}

bool Control::hasInput() const {
  return std::any_of(clients_.begin(), clients_.end(), [](const auto& each) { return !each->input.empty(); });
}

std::size_t Control::viewers() const {
  return static_cast<std::size_t>(
      std::count_if(clients_.begin(), clients_.end(), [](const auto& each) { return each->viewer.has_value(); }));
}

void Control::pump() {
  for (const auto& client : clients_) {
    if (!client->input.empty()) client->input.erase(0, host_.writeInput(client->input));
    client->flush();
    answerRequests(*client);
    serveViewer(*client);
  }
  std::erase_if(clients_, [](const auto& each) { return !each->isOpen(); });
}

void Control::answerRequests(Connection& client) {
  while (auto request = client.nextRequest())
    answer(client, *request);
}

void Control::answer(Connection& client, const Frame& request) {
  if (client.version == 0) return greet(client, request);
  switch (request.type) {
    case FrameType::Status:
      return client.send(FrameType::StatusAnswer, host_.statusJson());
    case FrameType::Wait:
      client.isWaiting = true;
      return;
    case FrameType::Attach:
      return attach(client, request.payload);
    case FrameType::Input:
      return takeInput(client, request.payload);
    case FrameType::Kill:
      host_.killRunner();
      return client.send(FrameType::Done);
    case FrameType::Stop:
      host_.stopRunner();
      return client.send(FrameType::Done);
    default:
      return client.sendError("protocol", "no request has the type " + std::to_string(int(request.type)));
  }
}

void Control::greet(Connection& client, const Frame& request) {
  std::string_view payload = request.payload;
  const auto lowest = takeU16(payload);
  const auto highest = takeU16(payload);
  const auto chosen = lowest && highest ? chooseVersion(*lowest, *highest) : std::nullopt;
  if (request.type != FrameType::Hello || !chosen) {
    client.sendError("protocol", request.type == FrameType::Hello ? "no common version" : "a hello comes first");
    return client.closeWhenSent();
  }
  client.version = *chosen;
  std::string answer;
  putU16(answer, *chosen);
  client.send(FrameType::HelloAnswer, answer);
}

void Control::attach(Connection& client, std::string_view payload) {
  const auto mode = takeU8(payload);
  const auto offset = takeU64(payload);
  if (!mode || !offset || *mode > 1 || client.viewer) {
    return client.sendError("protocol", client.viewer ? "attached already" : "attach has a mode and an offset");
  }
  const auto from = std::clamp(*offset, log_.start(), log_.end());
  client.viewer = Connection::Viewer{static_cast<AttachMode>(*mode), from};
  std::string answer;
  putU64(answer, from);
  client.send(FrameType::Attached, answer);
}

void Control::takeInput(Connection& client, std::string_view payload) {
  if (!client.viewer || client.viewer->mode != AttachMode::ReadWrite) {
    return client.sendError("permission", "input needs an attachment for reading and writing");
  }
  payload.remove_prefix(host_.writeInput(payload));
  client.input = payload;
}

void Control::serveViewer(Connection& client) {
  char* const bytes = scratch_.data() + kHeadBytes + kOffsetBytes;
  for (int i = 0; i < kFramesPerRound && client.isOpen() && hasNews(client) && !client.hasOutput(); ++i) {
    const auto piece = log_.read(client.viewer->offset, bytes, kPayloadBytes - kOffsetBytes);
    client.viewer->offset = piece.offset + piece.size;
    if (piece.size == 0) break;
    std::string offset;
    putU64(offset, piece.offset);
    encodeHead(scratch_.data(), FrameType::Output, kOffsetBytes + piece.size);
    offset.copy(scratch_.data() + kHeadBytes, kOffsetBytes);
    client.sendRaw(std::string_view(scratch_.data(), kHeadBytes + kOffsetBytes + piece.size));
  }
  if (!exitJson_.empty()) finishViewer(client);
}

void Control::finishViewer(Connection& client) {
  if (!client.viewer || hasNews(client) || client.hasOutput()) return;
  client.viewer.reset();
  client.send(FrameType::End);
  client.closeWhenSent();
}

void Control::closeListener() {
  listener_.reset();
}

void Control::announceExit(std::string_view exitJson) {
  exitJson_ = exitJson;
  for (const auto& client : clients_) {
    if (!client->isOpen() || !client->isWaiting) continue;
    client->send(FrameType::Exit, exitJson);
    if (!client->viewer) client->closeWhenSent();
  }
}

bool Control::isDrained() const {
  return std::none_of(clients_.begin(), clients_.end(), [](const auto& each) {
    return each->isOpen() && (each->hasOutput() || each->viewer.has_value());
  });
}

}  // namespace microvm::shim
