#include "daemon/vfkit_qemu/vsock/relay.hpp"

#include <array>
#include <memory>

#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

#include "daemon/async/task_group.hpp"

namespace microvm::vfkit_qemu {
namespace {

constexpr std::size_t kChunk = 16 * 1024;

struct Pair {
  StreamSocket one;
  StreamSocket other;
};

void closeBoth(Pair& pair) {
  boost::system::error_code ignored;
  pair.one.close(ignored);
  pair.other.close(ignored);
}

/// From one socket to the other until the first has no more to say.
net::awaitable<void> carry(std::shared_ptr<Pair> pair, bool isBack) {
  StreamSocket& from = isBack ? pair->other : pair->one;
  StreamSocket& into = isBack ? pair->one : pair->other;
  std::array<char, kChunk> chunk{};
  for (;;) {
    auto [ended, count] = co_await from.async_read_some(net::buffer(chunk), kToken);
    if (ended == net::error::eof) break;
    if (ended) co_return closeBoth(*pair);
    const auto bytes = net::buffer(chunk.data(), count);
    auto [broken, written] = co_await net::async_write(into, bytes, kToken);
    if (broken) co_return closeBoth(*pair);
  }
  boost::system::error_code ignored;
  into.shutdown(StreamSocket::shutdown_send, ignored);
}

}  // namespace

Task<void> relay(StreamSocket one, StreamSocket other) {
  const auto executor = co_await net::this_coro::executor;
  auto pair = std::make_shared<Pair>(Pair{std::move(one), std::move(other)});
  TaskGroup tasks(executor);
  tasks.spawn("relay there", carry(pair, false));
  tasks.spawn("relay back", carry(pair, true));
  co_await tasks.join();
  co_return Result<void>();
}

}  // namespace microvm::vfkit_qemu
