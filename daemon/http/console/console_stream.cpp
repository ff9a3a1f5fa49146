#include "daemon/http/console/console_stream.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace microvm::http {
namespace {

constexpr std::uint64_t kPieceBytes = 256 * 1024;

class ViewerStream : public ByteStream {
public:
  ViewerStream(std::unique_ptr<ConsoleStream> console, ConsoleMode mode, std::uint64_t offset, WhenSkipped whenSkipped)
      : console_(std::move(console)), mode_(mode), offset_(offset), whenSkipped_(whenSkipped) {}

  Task<std::string> read() override {
    while (true) {
      auto chunk = co_await console_->read();
      if (!chunk) co_return std::move(chunk).error();
      if (chunk->isEnd()) co_return std::string();
      if (chunk->bytes.empty()) continue;
      const auto skipped = chunk->offset - offset_;
      if (skipped != 0 && whenSkipped_ == WhenSkipped::BreakOff) {
        co_return Error{Errc::Io, "bytes of the console were rotated away", {}, {}};
      }
      offset_ = chunk->offset + chunk->bytes.size();
      if (skipped != 0) chunk->bytes.insert(0, fmt::format("\r\n[microvm: {} bytes were skipped]\r\n", skipped));
      co_return std::move(chunk->bytes);
    }
  }
  Task<void> write(std::string bytes) override {
    if (mode_ == ConsoleMode::ReadOnly) co_return Result<void>();
    co_return co_await console_->write(std::move(bytes));
  }

private:
  std::unique_ptr<ConsoleStream> console_;
  ConsoleMode mode_;
  std::uint64_t offset_;  // of the byte that comes next
  WhenSkipped whenSkipped_;
};

class LogStream : public ByteStream {
public:
  LogStream(Service& service, std::string vm, std::uint64_t offset, std::uint64_t end)
      : service_(service), vm_(std::move(vm)), offset_(offset), end_(end) {}

  Task<std::string> read() override {
    auto limit = static_cast<std::size_t>(std::min(end_ - offset_, kPieceBytes));
    if (limit == 0) co_return std::string();
    auto slice = co_await service_.consoleLog(vm_, offset_, limit);
    if (!slice) co_return std::move(slice).error();
    if (slice->offset != offset_ || slice->bytes.empty()) {
      co_return Error{Errc::Io, "the bytes of the console log were rotated away", {}, {}};
    }
    offset_ += slice->bytes.size();
    co_return std::move(slice->bytes);
  }
  Task<void> write(std::string) override { co_return Result<void>(); }

private:
  Service& service_;
  std::string vm_;
  std::uint64_t offset_;
  std::uint64_t end_;
};

}  // namespace

std::shared_ptr<ByteStream> streamOf(std::unique_ptr<ConsoleStream> console, ConsoleMode mode, std::uint64_t offset,
                                     WhenSkipped whenSkipped) {
  return std::make_shared<ViewerStream>(std::move(console), mode, offset, whenSkipped);
}

std::shared_ptr<ByteStream> streamOfLog(Service& service, std::string vm, std::uint64_t offset, std::uint64_t end) {
  return std::make_shared<LogStream>(service, std::move(vm), offset, end);
}

}  // namespace microvm::http
