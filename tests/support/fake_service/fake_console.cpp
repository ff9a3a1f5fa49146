#include "tests/support/fake_service/fake_console.hpp"

namespace microvm::fake {

Task<ConsoleStream::Chunk> FakeConsole::read() {
  auto state = state_;
  while (state->output.empty() && state->news.empty() && state->refusal.empty() && !state->ended) {
    auto waited = co_await state->changed.wait();
    if (!waited) co_return std::move(waited).error();
  }
  Chunk chunk;
  chunk.refusal = std::exchange(state->refusal, {});
  if (!chunk.refusal.empty()) co_return chunk;
  if (!state->news.empty()) {
    chunk.news = std::make_shared<ConsoleNews>(state->news.front());
    state->news.pop_front();
    co_return chunk;
  }
  if (!state->output.empty()) {
    chunk.offset = state->next;
    state->next += state->output.front().size();
    chunk.bytes = std::move(state->output.front());
    state->output.pop_front();
  }
  co_return chunk;
}

Task<void> FakeConsole::write(std::string bytes) {
  state_->typed += bytes;
  co_return Result<void>();
}

Task<void> FakeConsole::setExclusive(ExclusiveWish wish) {
  state_->wishes.push_back(wish);
  state_->changed.notifyAll();
  co_return Result<void>();
}

}  // namespace microvm::fake
