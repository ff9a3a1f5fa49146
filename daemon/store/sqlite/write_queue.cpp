#include "daemon/store/sqlite/write_queue.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace microvm {
namespace {

constexpr std::size_t kMostTogether = 256;  // so that the first of many does not wait for ever

}  // namespace

net::awaitable<WriteOutcome> WriteQueue::run(Write write) {
  const auto executor = co_await net::this_coro::executor;
  // A coroutine of its own: the caller's cancellation is not passed on, and still holds when the caller goes on.
  auto ended = net::bind_cancellation_slot(net::cancellation_slot(), net::use_awaitable);
  auto outcome = net::co_spawn(executor, carryOut(std::move(write)), std::move(ended));
  co_return co_await std::move(outcome);
}

net::awaitable<WriteOutcome> WriteQueue::carryOut(Write write) {
  if (!written_) written_ = std::make_shared<Condition>(co_await net::this_coro::executor);
  const auto written = written_;
  const auto entry = std::make_shared<Entry>();
  entry->write = std::move(write);
  waiting_.push_back(entry);
  while (!entry->outcome) {
    if (writing_) {
      auto told = co_await written->wait();
      if (!told && !entry->outcome) co_return std::move(told).error();
      continue;
    }
    const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), kMostTogether));
    Batch batch(waiting_.begin(), waiting_.begin() + count);
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    co_await writeBatch(std::move(batch));
  }
  co_return std::move(*entry->outcome);
}

net::awaitable<void> WriteQueue::writeBatch(Batch batch) {
  writing_ = true;
  std::vector<Write> writes;
  for (const auto& entry : batch)
    writes.push_back(entry->write);
  auto job = [this, &writes]() -> Result<std::vector<WriteOutcome>> {
    if (writes.size() > 1) {
      auto together = database_.writeTogether(writes);
      if (together) return together;
    }
    std::vector<WriteOutcome> outcomes;
    for (const Write& each : writes)
      outcomes.push_back(each());
    return outcomes;
  };
  auto outcomes = co_await thread_.run(std::move(job));
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (outcomes) batch[i]->outcome = std::move((*outcomes)[i]);
    if (!outcomes) batch[i]->outcome = outcomes.error();
  }
  writing_ = false;
  written_->notifyAll();
}

}  // namespace microvm
