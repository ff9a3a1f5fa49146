#include "client/cli/console/signal_pipe.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

#include "api/core/unique_fd.hpp"

namespace microvm::cli {
namespace {

constexpr std::array<int, 7> kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};

volatile std::sig_atomic_t writeEnd = -1;

void forward(int signal) {
  const int saved = errno;
  const auto byte = static_cast<unsigned char>(signal);
  // A full pipe holds enough signals already.
  if (::write(writeEnd, &byte, 1) < 0) errno = saved;
  errno = saved;
}

void prepare(int fd) {
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

}  // namespace

struct SignalPipe::Impl {
  UniqueFd reading;
  UniqueFd writing;
  std::array<struct sigaction, kSignals.size()> handlers{};
};

Result<std::unique_ptr<SignalPipe>> SignalPipe::open() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return systemError("cannot make a pipe", errno);
  auto impl = std::make_unique<Impl>();
  impl->reading.reset(ends[0]);
  impl->writing.reset(ends[1]);
  prepare(ends[0]);
  prepare(ends[1]);
  return std::unique_ptr<SignalPipe>(new SignalPipe(std::move(impl)));
}

SignalPipe::SignalPipe(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
  writeEnd = impl_->writing.get();
  struct sigaction action {};
  action.sa_handler = forward;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &impl_->handlers[i]);
    // nohup and the like: what was ignored stays ignored.
    if (impl_->handlers[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
  }
}

SignalPipe::~SignalPipe() {
  for (std::size_t i = 0; i < kSignals.size(); ++i)
    ::sigaction(kSignals[i], &impl_->handlers[i], nullptr);
  writeEnd = -1;
}

int SignalPipe::fd() const {
  return impl_->reading.get();
}

std::optional<int> SignalPipe::take() {
  unsigned char byte = 0;
  if (::read(impl_->reading.get(), &byte, 1) != 1) return std::nullopt;
  return byte;
}

}  // namespace microvm::cli
