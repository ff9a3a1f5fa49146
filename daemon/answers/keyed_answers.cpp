#include "daemon/answers/keyed_answers.hpp"

#include <utility>

namespace microvm {

KeyedAnswers::KeyedAnswers(const net::any_io_executor& executor, Store& store) : store_(store), changed_(executor) {}

Task<KeyedAnswers::Entry> KeyedAnswers::enter(std::string key, std::string digest) {
  while (atWork_.count(key) != 0) {
    auto waited = co_await changed_.wait();
    if (!waited) co_return std::move(waited).error();
  }
  co_return co_await enterAlone(std::move(key), std::move(digest));
}

Task<KeyedAnswers::Entry> KeyedAnswers::enterAlone(std::string key, std::string digest) {
  atWork_.insert(key);
  Entry entry;
  entry.turn = std::make_unique<Turn>(*this, key);
  auto known = co_await store_.answer(key, now() - kAnswersKept);
  if (!known) co_return std::move(known).error();
  if (*known && (*known)->digest != digest) {
    co_return Error{Errc::Usage,
                    "the Idempotency-Key was that of another request in the last 24 hours",
                    "give each request a key of its own",
                    {}};
  }
  if (*known && !(*known)->text.empty()) {
    entry.kept = std::move(**known);
    entry.turn.reset();
    co_return entry;
  }
  entry.wasBegun = known->has_value();
  entry.kept.key = std::move(key);
  entry.kept.digest = std::move(digest);
  entry.kept.at = entry.wasBegun ? (*known)->at : now();
  if (!entry.wasBegun) {
    KeptAnswer begun = entry.kept;
    auto kept = co_await store_.saveAnswer(std::move(begun));
    if (!kept) co_return std::move(kept).error();
  }
  co_return entry;
}

Task<void> KeyedAnswers::keep(KeptAnswer answer) {
  co_return co_await store_.saveAnswer(std::move(answer));
}

void KeyedAnswers::release(const std::string& key) {
  atWork_.erase(key);
  changed_.notifyAll();
}

}  // namespace microvm
