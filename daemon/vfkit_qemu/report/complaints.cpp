#include "daemon/vfkit_qemu/report/complaints.hpp"

#include <array>
#include <unistd.h>

#include "daemon/async/timing.hpp"

namespace microvm::vfkit_qemu {
namespace {

constexpr std::size_t kMaxLine = 4096;

}  // namespace

Result<Complaints> Complaints::open() {
  auto pipe = makePipe();
  if (!pipe) return std::move(pipe).error();
  auto ready = setNonBlocking(pipe->read.get());
  if (!ready) return std::move(ready).error();
  return Complaints(*std::move(pipe));
}

void Complaints::take(const Log& log, std::string line) {
  if (line.empty()) return;
  log.warn(line);
  last_ = std::move(line);
}

/// False when there is nothing to read now.
bool Complaints::readSome(const Log& log) {
  std::array<char, 4096> buffer{};
  const ssize_t count = ::read(pipe_.read.get(), buffer.data(), buffer.size());
  if (count <= 0) return false;
  unread_.append(buffer.data(), static_cast<std::size_t>(count));
  for (auto end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n')) {
    take(log, unread_.substr(0, end));
    unread_.erase(0, end + 1);
  }
  if (unread_.size() > kMaxLine) take(log, std::exchange(unread_, {}));
  return true;
}

Task<void> Complaints::readAll(const Log& log) {
  for (;;) {
    auto readable = co_await waitReadable(pipe_.read.get());
    if (!readable) co_return readable;
    if (!readSome(log)) co_return Result<void>();
  }
}

void Complaints::drain(const Log& log) {
  while (readSome(log))
    continue;
  take(log, std::exchange(unread_, {}));
}

}  // namespace microvm::vfkit_qemu
