#include "daemon/service/run/console_watch.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/async/timing.hpp"

namespace microvm {
namespace {

constexpr Milliseconds kFirstReturn{100};
constexpr Milliseconds kSlowestReturn{1'000};
constexpr Milliseconds kTruncationPause{60'000};

}  // namespace

struct ConsoleWatch::State {
  State(Shims& shims_, TaskGroup& tasks_, ConsoleWatchSubject subject_, Listener listener_)
      : shims(shims_), tasks(tasks_), subject(std::move(subject_)), listener(std::move(listener_)) {}

  static net::awaitable<void> listen(std::shared_ptr<State> state);
  static void take(const std::shared_ptr<State>& state, ConsoleNews news);
  static net::awaitable<void> tellTruncation(std::shared_ptr<State> state, std::uint64_t from);

  Shims& shims;
  TaskGroup& tasks;  // until it is over
  const ConsoleWatchSubject subject;
  const Listener listener;
  std::optional<std::uint64_t> start;  // of the log that is kept, as told last
  bool tellsTruncation = false;
  bool isOver = false;
};

net::awaitable<void> ConsoleWatch::State::listen(std::shared_ptr<State> state) {
  for (Milliseconds delay = kFirstReturn;; delay = std::min(delay * 2, kSlowestReturn)) {
    std::function<void(ConsoleNews)> onNews = [state](ConsoleNews news) { take(state, std::move(news)); };
    auto watched = co_await state->shims.watchConsole(state->subject.paths, std::move(onNews));
    if (state->isOver || (!watched && watched.error().code != Errc::Unreachable)) co_return;
    auto paused = co_await pause(delay);
    if (!paused || state->isOver) co_return;
  }
}

void ConsoleWatch::State::take(const std::shared_ptr<State>& state, ConsoleNews news) {
  if (state->isOver) return;
  const auto before = state->start.value_or(news.start);
  state->start = news.start;
  state->listener.onNews(std::move(news));
  if (state->start == before || std::exchange(state->tellsTruncation, true)) return;
  state->tasks.spawn("truncation of " + state->subject.name, tellTruncation(state, before));
}

net::awaitable<void> ConsoleWatch::State::tellTruncation(std::shared_ptr<State> state, std::uint64_t from) {
  while (!state->isOver && *state->start != from) {
    const auto to = *state->start;
    auto detail = fmt::format("the console log begins at byte {} now; {} older bytes are gone", to, to - from);
    from = to;
    co_await state->listener.onTruncation(std::move(detail));
    auto paused = co_await pause(kTruncationPause);
    if (!paused) co_return;
  }
  state->tellsTruncation = false;
}

ConsoleWatch::ConsoleWatch(const net::any_io_executor& executor, Shims& shims, ConsoleWatchSubject subject,
                           Listener listener)
    : tasks_(executor), state_(std::make_shared<State>(shims, tasks_, std::move(subject), std::move(listener))) {
  tasks_.spawn("console of " + state_->subject.name, State::listen(state_));
}

ConsoleWatch::~ConsoleWatch() {
  state_->isOver = true;
}

}  // namespace microvm
