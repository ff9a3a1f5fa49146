#include "tests/support/waiting.hpp"

#include <chrono>
#include <poll.h>
#include <stdexcept>

namespace microvm::test {
namespace {

constexpr int kLook = 5;  // ms

}  // namespace

void waitUntil(const std::string& what, const std::function<bool()>& holds, Milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("waited in vain: " + what);
    ::poll(nullptr, 0, kLook);
  }
}

bool waitReadable(int fd, Milliseconds limit) {
  pollfd polled{fd, POLLIN, 0};
  return ::poll(&polled, 1, static_cast<int>(limit.count())) > 0;
}

}  // namespace microvm::test
