#include "daemon/service/readiness/console_listener.hpp"

#include <utility>

namespace microvm {

ConsoleListener::ConsoleListener(Shims& shims, BlockingPool& files, const ConsoleLogs& logs, VmPaths paths,
                                 Pattern pattern)
    : shims_(shims), files_(files), logs_(logs), paths_(std::move(paths)), pattern_(std::move(pattern)) {}

Task<void> ConsoleListener::begin() {
  auto job = [this]() -> Result<void> {
    const auto times = logs_.times(paths_);
    if (!times) return times.error();
    next_ = times->boots.empty() ? 0 : times->boots.back().offset;
    const auto slice = logs_.read(paths_, next_, 0);
    if (!slice) return slice.error();
    past_ = slice->end;
    return {};
  };
  co_return co_await files_.run(std::move(job));
}

Task<bool> ConsoleListener::matches(std::string bytes) {
  // On a thread of the pool: how long a match takes is the expression's matter.
  auto job = [this, bytes = std::move(bytes)] { return Result<bool>(pattern_.feed(bytes)); };
  co_return co_await files_.run(std::move(job));
}

Task<bool> ConsoleListener::follow(std::function<void()> onPast) {
  ConsoleAttach request;
  request.mode = ConsoleMode::ReadOnly;
  request.offset = next_;
  request.label = "readiness";
  auto stream = co_await shims_.attach(paths_, std::move(request));
  if (!stream) co_return std::move(stream).error();
  while (true) {
    if (next_ >= past_ && onPast) std::exchange(onPast, nullptr)();
    auto chunk = co_await (*stream)->read();
    if (!chunk) co_return std::move(chunk).error();
    if (chunk->isEnd()) co_return false;
    if (chunk->bytes.empty()) continue;
    if (chunk->offset != next_) pattern_.clear();  // what was between is gone
    next_ = chunk->offset + chunk->bytes.size();
    auto matched = co_await matches(std::move(chunk->bytes));
    if (!matched || *matched) co_return matched;
  }
}

}  // namespace microvm
