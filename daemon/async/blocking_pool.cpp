#include "daemon/async/blocking_pool.hpp"

#include <exception>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace microvm {

struct BlockingPool::Impl {
  explicit Impl(unsigned threads) : pool(threads) {}
  net::thread_pool pool;
};

namespace {

std::string runGuarded(const std::function<void()>& work) {
  try {
    work();
    return {};
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception of unknown type";
  }
}

/// Captureless and named, with its state by pointer: GCC 12 destroys captures beside a co_await twice.
struct Initiate {
  template <class Handler>
  void operator()(Handler handler, net::thread_pool* pool, std::function<void()>* work) const {
    auto home = net::make_work_guard(net::get_associated_executor(handler));
    net::post(*pool, [handler = std::move(handler), home = std::move(home), work]() mutable {
      auto thrown = runGuarded(*work);
      const auto executor = home.get_executor();
      net::post(executor, [handler = std::move(handler), home = std::move(home), thrown = std::move(thrown)]() mutable {
        std::move(handler)(std::move(thrown));
      });
    });
  }
};

}  // namespace

BlockingPool::BlockingPool(unsigned threads) : impl_(std::make_unique<Impl>(threads)) {}

BlockingPool::~BlockingPool() {
  impl_->pool.join();
}

Task<void> BlockingPool::runErased(std::function<void()> work) {
  auto* const pool = &impl_->pool;
  auto* const pointer = &work;
  auto pending = net::async_initiate<const net::use_awaitable_t<>, void(std::string)>(Initiate{}, net::use_awaitable,
                                                                                      pool, pointer);
  const std::string thrown = co_await std::move(pending);
  if (thrown.empty()) co_return Result<void>();
  Error error;
  error.code = Errc::Internal;
  error.detail = "a background job ended with: " + thrown;
  co_return error;
}

}  // namespace microvm
