#include "daemon/shim/control.hpp"

#include <algorithm>

#include "daemon/process/unix_socket.hpp"

namespace microvm::shim {
namespace {

constexpr std::size_t kClients = 512;
constexpr int kFramesPerRound = 4;  // for one viewer, so that none keeps the others waiting
constexpr std::size_t kOffsetBytes = 8;
constexpr std::chrono::milliseconds kNewsPause{250};
constexpr std::chrono::milliseconds kGather{2};
constexpr std::uint64_t kGatheredBytes = 32 * 1024;
constexpr std::string_view kNoConsole = "the runner has no serial console that the shim could read";
constexpr short kGone = POLLERR | POLLHUP | POLLNVAL;

}  // namespace

Control::Control(UniqueFd listener, ConsoleLog& log, ControlHost& host)
    : listener_(std::move(listener)),
      log_(log),
      host_(host),
      scratch_(kHeadBytes + kPayloadBytes),
      frame_(kHeadBytes + kPayloadBytes),
      newsStart_(log.start()) {}

bool Control::hasNews(const Connection& client) const {
  return client.viewer && client.viewer->offset < log_.end();
}

void Control::addTo(std::vector<pollfd>& waits) {
  firstWait_ = waits.size();
  waitedClients_ = clients_.size();
  waits.push_back({clients_.size() < kClients ? listener_.get() : -1, POLLIN, 0});
  for (const auto& client : clients_) {
    short events = client->isHeldBack() ? 0 : POLLIN;
    if (client->hasOutput() || (hasNews(*client) && !isGathering_)) events = static_cast<short>(events | POLLOUT);
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

std::optional<Control::Clock::time_point> Control::deadline() const {
  std::optional<Clock::time_point> first;
  if (isNewsDue_) first = nextNews_;
  if (isGathering_ && (!first || served_ + kGather < *first)) first = served_ + kGather;
  return first;
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
    if (!client->isOpen()) leave(*client);
  }
  tellNews();
  serveViewers();
  std::erase_if(clients_, [this](const auto& each) {
    if (!each->isOpen()) leave(*each);
    return !each->isOpen();
  });
}

void Control::answerRequests(Connection& client) {
  while (auto request = client.nextRequest())
    answer(client, *request);
}

void Control::answer(Connection& client, const Frame& request) {
  if (client.version == 0) return greet(client, request);
  if (client.version < 2 && request.type > FrameType::Stop) {
    return client.sendError("protocol", "no request has the type " + std::to_string(int(request.type)));
  }
  switch (request.type) {
    case FrameType::Status:
      return client.send(FrameType::StatusAnswer, host_.statusJson());
    case FrameType::Wait:
      client.isWaiting = true;
      return;
    case FrameType::Attach:
      return attach(client, request.payload);
    case FrameType::Watch:
      return watch(client);
    case FrameType::View:
      return view(client, request.payload);
    case FrameType::Exclusive:
      return changeExclusive(client, request.payload);
    case FrameType::Input:
      return takeInput(client, request.payload);
    case FrameType::Kill:
      host_.killRunner();
      return client.send(FrameType::Done);
    case FrameType::Stop:
      host_.stopRunner();
      return client.send(FrameType::Done);
    case FrameType::SetStop:
      return setStop(client, request.payload);
    default:
      return client.sendError("protocol", "no request has the type " + std::to_string(int(request.type)));
  }
}

void Control::setStop(Connection& client, std::string_view payload) {
  const auto order = decodeStopOrder(payload);
  if (!order) return client.sendError("protocol", "a request to set the stop has a time and one of 0 and 1");
  host_.setStop(order->timeout, order->leavesAtTerm);
  client.send(FrameType::Done);
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

bool Control::checkNewViewer(Connection& client) {
  if (client.viewer) {
    client.sendError("protocol", "attached already");
  } else if (!host_.hasConsole()) {
    client.sendError("no-console", kNoConsole);
  } else {
    return true;
  }
  return false;
}

void Control::attach(Connection& client, std::string_view payload) {
  const auto mode = takeU8(payload);
  const auto offset = takeU64(payload);
  if (!mode || !offset || *mode > 1) return client.sendError("protocol", "attach has a mode and an offset");
  if (!checkNewViewer(client)) return;
  const auto from = std::clamp(*offset, log_.start(), log_.end());
  client.viewer = Viewer{++lastViewer_, static_cast<AttachMode>(*mode), from, 0, {}, now()};
  std::string answer;
  putU64(answer, from);
  client.send(FrameType::Attached, answer);
  isNewsDue_ = true;
}

void Control::view(Connection& client, std::string_view payload) {
  auto request = decodeView(payload);
  if (!request) return client.sendError("protocol", "view has a mode, what to do when held, an offset and a queue");
  if (!checkNewViewer(client)) return;
  const auto from = std::clamp(request->offset, log_.start(), log_.end());
  if (request->mode != AttachMode::ReadOnly && request->whenHeld == WhenHeld::Refuse && !checkFree(client)) return;
  client.viewer = Viewer{++lastViewer_, request->mode, from, request->queue, std::move(request->label), now()};
  if (request->mode == AttachMode::Exclusive) makeExclusive(client);
  std::string answer;
  putU64(answer, from);
  putU32(answer, client.viewer->id);
  client.send(FrameType::Attached, answer);
  client.wantsNews = true;
  client.newsSeen = news_;
  client.send(FrameType::Console, newsText());
  isNewsDue_ = true;
}

void Control::watch(Connection& client) {
  client.wantsNews = true;
  client.newsSeen = news_;
  client.send(FrameType::Done);
  client.send(FrameType::Console, newsText());
}

void Control::takeInput(Connection& client, std::string_view payload) {
  if (!client.viewer || !client.viewer->mayType()) {
    return client.sendError("permission", "input needs an attachment for reading and writing");
  }
  if (exclusive_ != 0 && exclusive_ != client.viewer->id) return;
  payload.remove_prefix(host_.writeInput(payload));
  client.input = payload;
}

const Viewer* Control::holder() const {
  for (const auto& client : clients_) {
    if (exclusive_ != 0 && client->viewer && client->viewer->id == exclusive_) return &*client->viewer;
  }
  return nullptr;
}

void Control::changeExclusive(Connection& client, std::string_view payload) {
  const auto wish = takeU8(payload);
  if (!wish || *wish > 2) return client.sendError("protocol", "exclusive has a wish");
  if (!client.viewer || !client.viewer->mayType()) {
    return client.sendError("permission", "exclusive needs an attachment for reading and writing");
  }
  if (static_cast<ExclusiveWish>(*wish) == ExclusiveWish::Take && !checkFree(client)) return;
  if (static_cast<ExclusiveWish>(*wish) != ExclusiveWish::Release) {
    makeExclusive(client);
  } else if (exclusive_ == client.viewer->id) {
    client.viewer->mode = AttachMode::ReadWrite;
    exclusive_ = 0;
  }
  client.send(FrameType::Done);
  isNewsDue_ = true;
}

/// Refuses when another viewer has it.
bool Control::checkFree(Connection& client) {
  const auto* held = holder();
  if (held == nullptr || (client.viewer && client.viewer->id == held->id)) return true;
  const auto name = held->label.empty() ? std::string("another viewer") : held->label;
  client.sendError("in-use",
                   "the console is held exclusively by " + name + " (viewer " + std::to_string(held->id) + ")");
  return false;
}

void Control::makeExclusive(Connection& client) {
  for (const auto& each : clients_) {
    if (each->viewer && each->viewer->id == exclusive_) each->viewer->mode = AttachMode::ReadWrite;
  }
  client.viewer->mode = AttachMode::Exclusive;
  exclusive_ = client.viewer->id;
}

void Control::leave(Connection& client) {
  if (!client.viewer) return;
  if (exclusive_ == client.viewer->id) exclusive_ = 0;
  client.viewer.reset();
  isNewsDue_ = true;
}

std::string Control::newsText() const {
  std::vector<const Viewer*> all;
  for (const auto& client : clients_) {
    if (client->viewer) all.push_back(&*client->viewer);
  }
  return consoleJson(log_, all, exclusive_);
}

/// Not more often than a few times a second, and to nobody who has not taken what came before: a client gets the newest
/// news, not all.
void Control::tellNews() {
  isNewsDue_ = isNewsDue_ || newsStart_ != log_.start();
  if (isNewsDue_ && Clock::now() >= nextNews_) {
    ++news_;
    isNewsDue_ = false;
    newsStart_ = log_.start();
    nextNews_ = Clock::now() + kNewsPause;
  }
  std::string text;
  for (const auto& client : clients_) {
    if (!client->wantsNews || client->newsSeen == news_ || client->hasOutput()) continue;
    if (text.empty()) text = newsText();
    client->newsSeen = news_;
    client->send(FrameType::Console, text);
  }
}

/// A terminal hands out little at a time. While it floods, viewers who keep up get what two milliseconds bring in one
/// frame; after a silence the first byte goes out at once.
bool Control::mayGather() const {
  if (!exitJson_.empty() || Clock::now() - served_ >= kGather) return false;
  bool isAnyBehind = false;
  for (const auto& client : clients_) {
    if (!hasNews(*client)) continue;
    if (log_.end() - client->viewer->offset >= kGatheredBytes) return false;
    isAnyBehind = true;
  }
  return isAnyBehind;
}

/// A frame for each, then the next: those at the same place are served from one reading of the log.
void Control::serveViewers() {
  isGathering_ = mayGather();
  if (isGathering_) return;
  for (int i = 0; i < kFramesPerRound; ++i) {
    for (const auto& client : clients_) {
      if (client->isOpen() && client->viewer && !client->hasOutput()) serveViewer(*client);
    }
  }
  if (exitJson_.empty()) return;
  for (const auto& client : clients_)
    finishViewer(*client);
}

void Control::serveViewer(Connection& client) {
  auto& viewer = *client.viewer;
  viewer.skip(log_);
  if (viewer.offset >= log_.end()) return;
  if (frameSize_ == 0 || frameFrom_ != viewer.offset || frameEnd_ != log_.end()) {
    char* const bytes = frame_.data() + kHeadBytes + kOffsetBytes;
    const auto piece = log_.read(viewer.offset, bytes, kPayloadBytes - kOffsetBytes);
    frameFrom_ = viewer.offset;
    frameNext_ = piece.offset + piece.size;
    frameEnd_ = log_.end();
    frameSize_ = piece.size == 0 ? 0 : kHeadBytes + kOffsetBytes + piece.size;
    std::string offset;
    putU64(offset, piece.offset);
    encodeHead(frame_.data(), FrameType::Output, kOffsetBytes + piece.size);
    offset.copy(frame_.data() + kHeadBytes, kOffsetBytes);
  }
  viewer.offset = frameNext_;
  if (frameSize_ == 0) return;
  client.sendRaw(std::string_view(frame_.data(), frameSize_));
  served_ = Clock::now();
}

void Control::finishViewer(Connection& client) {
  if (!client.isOpen() || !client.viewer || hasNews(client) || client.hasOutput()) return;
  client.viewer.reset();
  client.wantsNews = false;
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
