#include "daemon/shim/client/console_stream.hpp"

#include <utility>

#include "daemon/shim/client/records.hpp"

namespace microvm::shim {
namespace {

constexpr Milliseconds kAttachLimit{5000};

static_assert(int(ConsoleMode::ReadOnly) == int(AttachMode::ReadOnly) &&
              int(ConsoleMode::ReadWrite) == int(AttachMode::ReadWrite) &&
              int(ConsoleMode::Exclusive) == int(AttachMode::Exclusive));
static_assert(int(microvm::ExclusiveWish::Release) == int(ExclusiveWish::Release) &&
              int(microvm::ExclusiveWish::Take) == int(ExclusiveWish::Take) &&
              int(microvm::ExclusiveWish::TakeOver) == int(ExclusiveWish::TakeOver));

Error tooOld() {
  return Error{
      Errc::Protocol, "the VM's shim is of an older release and does not know this", "stop and start the VM", {}};
}

class ChannelConsole final : public ConsoleStream {
public:
  ChannelConsole(std::unique_ptr<Channel> channel, std::uint32_t id) : channel_(std::move(channel)), id_(id) {}

  Task<Chunk> read() override {
    Chunk chunk;
    while (!hasEnded_) {
      auto frame = co_await channel_->read();
      if (!frame) co_return std::move(frame).error();
      if (auto taken = take(*frame, chunk); !taken) co_return std::move(taken).error();
      if (!chunk.isEnd()) co_return chunk;
    }
    co_return chunk;
  }

  Task<void> write(std::string bytes) override {
    for (std::size_t at = 0; at < bytes.size(); at += kPayloadBytes) {
      auto part = bytes.substr(at, kPayloadBytes);
      auto written = co_await channel_->write(FrameType::Input, std::move(part));
      if (!written) co_return written;
    }
    co_return Result<void>();
  }

  Task<void> setExclusive(microvm::ExclusiveWish wish) override {
    if (channel_->version() < 2) co_return tooOld();
    std::string payload(1, static_cast<char>(wish));
    co_return co_await channel_->write(FrameType::Exclusive, std::move(payload));
  }

  [[nodiscard]] std::uint32_t id() const override { return id_; }

private:
  /// Of a frame what is of interest to a viewer.
  Result<void> take(const Frame& frame, Chunk& chunk) {
    if (frame.type == FrameType::Error) {
      auto error = parseError(frame.payload);
      if (error.code != Errc::InUse) return error;
      chunk.refusal = error.detail;
    }
    if (frame.type == FrameType::End) hasEnded_ = true;
    if (frame.type == FrameType::Console) {
      auto news = parseNews(frame.payload);
      if (!news) return std::move(news).error();
      chunk.news = std::make_shared<ConsoleNews>(std::move(*news));
    }
    if (frame.type == FrameType::Output) {
      std::string_view payload = frame.payload;
      const auto offset = takeU64(payload);
      if (!offset) return Error{Errc::Protocol, "output of the shim has no offset", {}, {}};
      chunk.offset = *offset;
      chunk.bytes = payload;
    }
    return {};
  }

  std::unique_ptr<Channel> channel_;
  std::uint32_t id_;
  bool hasEnded_ = false;
};

/// The request in the words of the version that the shim speaks.
Result<Frame> requestFor(const ConsoleAttach& request, std::uint16_t version) {
  const auto offset = request.offset.value_or(kAtEnd);
  if (version >= 2) {
    ViewRequest view;
    view.mode = static_cast<AttachMode>(request.mode);
    view.whenHeld = request.evenIfHeld ? WhenHeld::GoOn : WhenHeld::Refuse;
    view.offset = offset;
    view.queue = request.queue;
    view.label = request.label;
    return Frame{FrameType::View, encodeView(view)};
  }
  if (request.mode == ConsoleMode::Exclusive) return tooOld();
  Frame frame{FrameType::Attach, std::string(1, static_cast<char>(request.mode))};
  putU64(frame.payload, offset);
  return frame;
}

}  // namespace

Task<std::unique_ptr<ConsoleStream>> attachConsole(std::string socketPath, ConsoleAttach request) {
  auto channel = co_await Channel::open(std::move(socketPath));
  if (!channel) co_return std::move(channel).error();
  (*channel)->setDeadline(kAttachLimit);
  auto frame = requestFor(request, (*channel)->version());
  if (!frame) co_return std::move(frame).error();
  auto attached = co_await (*channel)->ask(frame->type, std::move(frame->payload), FrameType::Attached);
  if (!attached) co_return std::move(attached).error();
  (*channel)->clearDeadline();
  std::string_view answer = *attached;
  (void)takeU64(answer);
  const auto id = takeU32(answer).value_or(0);
  std::unique_ptr<ConsoleStream> stream = std::make_unique<ChannelConsole>(std::move(*channel), id);
  co_return stream;
}

Task<void> watchConsole(std::string socketPath, std::function<void(ConsoleNews)> onNews) {
  auto channel = co_await Channel::open(std::move(socketPath));
  if (!channel) co_return std::move(channel).error();
  if ((*channel)->version() < 2) co_return tooOld();
  std::string nothing;
  auto asked = co_await (*channel)->ask(FrameType::Watch, std::move(nothing), FrameType::Done);
  if (!asked) co_return std::move(asked).error();
  while (true) {
    auto frame = co_await (*channel)->read();
    if (!frame) co_return std::move(frame).error();
    if (frame->type != FrameType::Console) continue;
    auto news = parseNews(frame->payload);
    if (!news) co_return std::move(news).error();
    onNews(std::move(*news));
  }
}

}  // namespace microvm::shim
