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
  entry.kept.key = std::move(key);
  entry.kept.digest = std::move(digest);
  entry.kept.at = now();
  KeptAnswer begun = entry.kept;
  auto known = co_await store_.beginAnswer(std::move(begun), entry.kept.at - kAnswersKept);
  if (!known) co_return std::move(known).error();
  if (!*known) co_return entry;
  if ((*known)->digest != entry.kept.digest) {
    co_return Error{Errc::Usage,
                    "the Idempotency-Key was that of another request in the last 24 hours",
                    "give each request a key of its own",
                    {}};
  }
  entry.kept = std::move(**known);
  entry.wasBegun = entry.kept.text.empty();
  if (!entry.wasBegun) entry.turn.reset();
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
