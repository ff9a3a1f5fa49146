// Coroutines run by a test to their end.
#pragma once
#include <chrono>
#include <functional>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/async/task.hpp"

namespace microvm::test {

/// A task that runs beside the test. Its result is there once it has ended.
template <class T>
class Started {
public:
  Started(net::io_context& context, net::awaitable<T> task) : context_(context) {
    net::co_spawn(context, std::move(task), [this](const std::exception_ptr& thrown, T value) {
      if (!thrown) result_.emplace(std::move(value));
    });
  }
  Started(const Started&) = delete;
  Started& operator=(const Started&) = delete;

  [[nodiscard]] bool hasEnded() const { return result_.has_value(); }
  /// Runs everything until the task has ended.
  T finish() {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!result_ && std::chrono::steady_clock::now() < limit) {
      context_.restart();
      context_.run_one_for(std::chrono::milliseconds(100));
    }
    REQUIRE(result_);
    return *std::move(result_);
  }

private:
  net::io_context& context_;
  std::optional<T> result_;
};

template <class T>
T runTask(net::io_context& context, net::awaitable<T> task) {
  Started<T> started(context, std::move(task));
  return started.finish();
}

/// Runs everything until the condition holds; it is not asked again then.
inline void runUntil(net::io_context& context, const std::function<bool()>& holds) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < limit) {
    if (holds()) return;
    context.restart();
    context.run_one_for(std::chrono::milliseconds(10));
  }
  FAIL("waited in vain");
}

}  // namespace microvm::test
