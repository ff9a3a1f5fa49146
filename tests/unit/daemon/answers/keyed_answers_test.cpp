#include "daemon/answers/keyed_answers.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/store/memory/memory_store.hpp"

using namespace microvm;

namespace {

using Entry = KeyedAnswers::Entry;
using Outcome = std::shared_ptr<std::optional<Result<Entry>>>;

struct Fixture {
  net::io_context context{1};
  MemoryStore store;
  KeyedAnswers answers{context.get_executor(), store};

  Outcome begin(const std::string& key, const std::string& digest) {
    auto outcome = std::make_shared<std::optional<Result<Entry>>>();
    auto take = [outcome](const std::exception_ptr&, Result<Entry> entry) { outcome->emplace(std::move(entry)); };
    net::co_spawn(context, answers.enter(key, digest), std::move(take));
    settle();
    return outcome;
  }
  void keep(KeptAnswer answer, const std::string& text) {
    answer.text = text;
    bool done = false;
    net::co_spawn(context, answers.keep(std::move(answer)),
                  [&](const std::exception_ptr&, const Result<void>& kept) { done = kept.has_value(); });
    settle();
    REQUIRE(done);
  }
  void settle() {
    context.restart();
    context.poll();
  }
};

}  // namespace

TEST_CASE("a first request is carried out, a second one gets its answer") {
  Fixture f;
  auto first = f.begin("k", "d");
  REQUIRE(first->has_value());
  CHECK((**first)->turn != nullptr);
  CHECK_FALSE((**first)->wasBegun);
  f.keep((**first)->kept, "answer");
  first.reset();

  const auto second = f.begin("k", "d");

  REQUIRE(second->has_value());
  CHECK((**second)->turn == nullptr);
  CHECK((**second)->kept.text == "answer");
}

TEST_CASE("of two at once the second waits for the first one's answer") {
  Fixture f;
  auto first = f.begin("k", "d");
  const auto second = f.begin("k", "d");
  const auto other = f.begin("other", "d");
  CHECK_FALSE(second->has_value());
  CHECK(other->has_value());

  f.keep((**first)->kept, "answer");
  first.reset();
  f.settle();

  REQUIRE(second->has_value());
  CHECK((**second)->kept.text == "answer");
}

TEST_CASE("when the first one comes to nothing the second one is carried out") {
  Fixture f;
  auto first = f.begin("k", "d");
  const auto second = f.begin("k", "d");

  first.reset();
  f.settle();

  REQUIRE(second->has_value());
  CHECK((**second)->turn != nullptr);
  CHECK((**second)->wasBegun);
}

TEST_CASE("another request under the same key is refused, at work or not") {
  Fixture f;
  auto first = f.begin("k", "d");
  const auto waiting = f.begin("k", "e");
  f.keep((**first)->kept, "answer");
  first.reset();
  f.settle();
  const auto later = f.begin("k", "e");

  REQUIRE(waiting->has_value());
  REQUIRE_FALSE(**waiting);
  CHECK((**waiting).error().code == Errc::Usage);
  REQUIRE_FALSE(**later);
  CHECK(f.begin("k", "d")->has_value());
}

TEST_CASE("a key that cannot be kept begins nothing and is free again") {
  Fixture f;
  f.store.failNextWrite(Error{Errc::DiskFull, "full", {}, {}});

  const auto failed = f.begin("k", "d");
  REQUIRE_FALSE(**failed);
  CHECK((**failed).error().code == Errc::DiskFull);

  CHECK((**f.begin("k", "d"))->turn != nullptr);
}
