#include "daemon/http/handlers/console_stream.hpp"

#include <algorithm>

namespace microvm::http {
namespace {

constexpr std::uint64_t kPieceBytes = 256 * 1024;

class ViewerStream : public ByteStream {
public:
  ViewerStream(std::unique_ptr<ConsoleStream> console, ConsoleMode mode) : console_(std::move(console)), mode_(mode) {}

  Task<std::string> read() override {
    auto chunk = co_await console_->read();
    if (!chunk) co_return std::move(chunk).error();
    co_return std::move(chunk->bytes);
  }
  Task<void> write(std::string bytes) override {
    if (mode_ == ConsoleMode::ReadOnly) co_return Result<void>();
    co_return co_await console_->write(std::move(bytes));
  }

private:
  std::unique_ptr<ConsoleStream> console_;
  ConsoleMode mode_;
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

std::shared_ptr<ByteStream> streamOf(std::unique_ptr<ConsoleStream> console, ConsoleMode mode) {
  return std::make_shared<ViewerStream>(std::move(console), mode);
}

std::shared_ptr<ByteStream> streamOfLog(Service& service, std::string vm, std::uint64_t offset, std::uint64_t end) {
  return std::make_shared<LogStream>(service, std::move(vm), offset, end);
}

}  // namespace microvm::http
