#include "daemon/process/capture.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <poll.h>
#include <unistd.h>

#include "daemon/process/awake_clock.hpp"
#include "daemon/process/descriptor.hpp"
#include "daemon/process/exit_watcher.hpp"

namespace microvm {
namespace {

using Clock = AwakeClock;

/// The reading end of one output, and what came so far.
struct Stream {
  UniqueFd fd;
  std::string text;

  /// What is there now. The end closes it.
  void read(std::size_t cap) {
    std::array<char, 4096> buffer;
    while (fd) {
      const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) return fd.reset();
      text.append(buffer.data(), std::min(static_cast<std::size_t>(got), cap - text.size()));
    }
  }
};

Result<UniqueFd> openStream(Stream& stream) {
  auto pipe = makePipe();
  if (!pipe) return std::move(pipe).error();
  if (auto set = setNonBlocking(pipe->read.get()); !set) return std::move(set).error();
  stream.fd = std::move(pipe->read);
  return std::move(pipe->write);
}

/// Whether the program ended before the deadline. A child that it left behind may keep the pipes open: not waited for.
bool readToTheEnd(const ExitWatcher& watcher, Stream& out, Stream& err, CaptureLimits limits) {
  const auto deadline = Clock::now() + limits.time;
  for (;;) {
    const auto left = std::chrono::duration_cast<Milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    std::array<pollfd, 3> ready{{{watcher.fd(), POLLIN, 0}, {out.fd.get(), POLLIN, 0}, {err.fd.get(), POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), static_cast<int>(left)) < 0 && errno != EINTR) return false;
    out.read(limits.bytes);
    err.read(limits.bytes);
    if (ready[0].revents != 0) {
      out.read(limits.bytes);
      err.read(limits.bytes);
      return true;
    }
  }
}

}  // namespace

Result<Captured> capture(SpawnOptions options, CaptureLimits limits) {
  Stream out;
  Stream err;
  auto outEnd = openStream(out);
  if (!outEnd) return std::move(outEnd).error();
  auto errEnd = openStream(err);
  if (!errEnd) return std::move(errEnd).error();
  options.descriptors.push_back({outEnd->get(), STDOUT_FILENO});
  options.descriptors.push_back({errEnd->get(), STDERR_FILENO});
  options.session = Session::New;
  auto child = spawn(options);
  if (!child) return std::move(child).error();
  outEnd->reset();
  errEnd->reset();
  const auto watcher = ExitWatcher::forChild(child->pid());
  if (!watcher) return watcher.error();
  if (!readToTheEnd(*watcher, out, err, limits)) {
    (void)child->endGroup(Milliseconds(0));
    return Error{Errc::Timeout, options.program + " did not end within " + formatDuration(limits.time), {}, {}};
  }
  auto status = child->reap();
  if (!status) return std::move(status).error();
  return Captured{*status, std::move(out.text), std::move(err.text)};
}

}  // namespace microvm
