#include "daemon/shim/client/console_stream.hpp"

#include <utility>

#include "daemon/shim/client/records.hpp"

namespace microvm::shim {
namespace {

constexpr Milliseconds kAttachLimit{5000};

class ChannelConsole final : public ConsoleStream {
public:
  explicit ChannelConsole(std::unique_ptr<Channel> channel) : channel_(std::move(channel)) {}

  Task<Chunk> read() override {
    while (!hasEnded_) {
      auto frame = co_await channel_->read();
      if (!frame) co_return std::move(frame).error();
      if (frame->type == FrameType::Error) co_return parseError(frame->payload);
      if (frame->type == FrameType::End) hasEnded_ = true;
      if (frame->type != FrameType::Output) continue;
      std::string_view payload = frame->payload;
      const auto offset = takeU64(payload);
      if (!offset) co_return Error{Errc::Protocol, "output of the shim has no offset", {}, {}};
      if (payload.empty()) continue;
      Chunk chunk;
      chunk.offset = *offset;
      chunk.bytes = payload;
      co_return chunk;
    }
    co_return Chunk();
  }

  Task<void> write(std::string bytes) override {
    for (std::size_t at = 0; at < bytes.size(); at += kPayloadBytes) {
      auto part = bytes.substr(at, kPayloadBytes);
      auto written = co_await channel_->write(FrameType::Input, std::move(part));
      if (!written) co_return written;
    }
    co_return Result<void>();
  }

private:
  std::unique_ptr<Channel> channel_;
  bool hasEnded_ = false;
};

}  // namespace

Task<std::unique_ptr<ConsoleStream>> attachConsole(std::string socketPath, ConsoleMode mode, std::uint64_t offset) {
  auto channel = co_await Channel::open(std::move(socketPath));
  if (!channel) co_return std::move(channel).error();
  (*channel)->setDeadline(kAttachLimit);
  std::string request(1,
                      static_cast<char>(mode == ConsoleMode::ReadWrite ? AttachMode::ReadWrite : AttachMode::ReadOnly));
  putU64(request, offset);
  auto attached = co_await (*channel)->ask(FrameType::Attach, std::move(request), FrameType::Attached);
  if (!attached) co_return std::move(attached).error();
  (*channel)->clearDeadline();
  std::unique_ptr<ConsoleStream> stream = std::make_unique<ChannelConsole>(std::move(*channel));
  co_return stream;
}

}  // namespace microvm::shim
