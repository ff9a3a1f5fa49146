// A console that says what a test has given it, and keeps what is typed.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/async/condition.hpp"
#include "daemon/runner/runner.hpp"

namespace microvm::fake {

/// What a fake console has been given and has yet to say. Shared by the service and its streams.
struct ConsoleState {
  explicit ConsoleState(net::any_io_executor executor) : changed(std::move(executor)) {}
  std::deque<std::string> output;
  std::deque<ConsoleNews> news;
  std::uint64_t next = 0;  ///< offset of the first byte of `output`; more of it is a gap
  bool ended = false;
  std::string typed;
  std::vector<ConsoleAttach> attached;
  std::vector<ExclusiveWish> wishes;
  std::string refusal;  ///< of the next wish
  int viewers = 0;
  Condition changed;
};

class FakeConsole final : public ConsoleStream {
public:
  explicit FakeConsole(std::shared_ptr<ConsoleState> state) : state_(std::move(state)) { ++state_->viewers; }
  ~FakeConsole() override { --state_->viewers; }

  /// What there is: a refusal first, then news, then output.
  Task<Chunk> read() override;
  Task<void> write(std::string bytes) override;
  Task<void> setExclusive(ExclusiveWish wish) override;
  [[nodiscard]] std::uint32_t id() const override { return 7; }

private:
  std::shared_ptr<ConsoleState> state_;
};

}  // namespace microvm::fake
