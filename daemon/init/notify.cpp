#include "daemon/init/notify.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

#include "api/core/logging.hpp"
#include "daemon/process/descriptor.hpp"

namespace microvm {
namespace {

constexpr std::size_t kLongestAddress = sizeof(sockaddr_un::sun_path) - 1;

UniqueFd datagramSocket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
  if (fd && (!setCloseOnExec(fd.get()) || !setNonBlocking(fd.get()))) fd.reset();
  return fd;
}

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Notifier::Notifier(const Environment& environment) : address_(environment("NOTIFY_SOCKET").value_or("")) {
  if (address_.empty()) return;
  const bool isUnix = address_.front() == '/' || address_.front() == '@';
  if (isUnix && address_.size() <= kLongestAddress) fd_ = datagramSocket();
  if (!fd_) logWarn("nobody can be told that the service is ready NOTIFY_SOCKET={}", address_);
}

void Notifier::send(std::string_view lines) const {
  if (!fd_) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  address_.copy(address.sun_path, kLongestAddress);
  if (address_.front() == '@') address.sun_path[0] = '\0';  // Linux's abstract names
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  const auto sent = ::sendto(fd_.get(), lines.data(), lines.size(), 0, reinterpret_cast<sockaddr*>(&address), size);
  if (sent < 0) logWarn("the service manager was not told message={} error={}", lines, std::strerror(errno));
}

void Notifier::status(const std::string& text) {
  if (!fd_ || text == lastStatus_) return;
  lastStatus_ = text;
  send("STATUS=" + text);
}

std::optional<Milliseconds> watchdogInterval(const Environment& environment, int pid) {
  const auto limit = number(environment("WATCHDOG_USEC").value_or(""));
  if (!limit || *limit == 0) return std::nullopt;
  const auto watched = environment("WATCHDOG_PID");
  if (watched && number(*watched) != static_cast<std::uint64_t>(pid)) return std::nullopt;
  return std::max(Milliseconds(*limit / 2 / 1000), Milliseconds(1));
}

}  // namespace microvm
