// daemon/service/access/tokens.cpp
#include "daemon/service/access/tokens.hpp"

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/domain/access/sha256.hpp"
#include "daemon/store/memory/memory_store.hpp"
#include "tests/support/coroutines/run_task.hpp"

using namespace microvm;
using test::runTask;

namespace {

struct Fixture {
  net::io_context context{1};
  MemoryStore store;
  Tokens tokens{context.get_executor(), store};

  NewToken make(const std::string& name, std::optional<Milliseconds> lifetime = {}) {
    return runTask(context, tokens.create(TokenRequest{name, Scopes{Scope::Read}, lifetime})).value();
  }
};

}  // namespace

TEST_CASE("a token is found by its secret, and only its hash is kept") {
  Fixture fixture;

  const auto made = fixture.make("ci");

  CHECK(made.secret.size() == 8 + 64);
  CHECK(made.token.hash == sha256(made.secret));
  CHECK(fixture.tokens.find(made.secret) == made.token);
  CHECK_FALSE(fixture.tokens.find(made.token.hash));
  CHECK_FALSE(fixture.tokens.find(made.secret + "0"));
  CHECK_FALSE(fixture.tokens.find(""));
}

TEST_CASE("two tokens are never alike, and a name is taken once") {
  Fixture fixture;

  CHECK(fixture.make("a").secret != fixture.make("b").secret);
  const auto again = runTask(fixture.context, fixture.tokens.create(TokenRequest{"a", Scopes{Scope::Read}, {}}));
  const auto bad = runTask(fixture.context, fixture.tokens.create(TokenRequest{"A b", Scopes{Scope::Read}, {}}));
  CHECK(again.error().code == Errc::AlreadyExists);
  CHECK(bad.error().code == Errc::Usage);
}

TEST_CASE("of two tokens of one name that are made at once, one is refused") {
  Fixture fixture;
  const TokenRequest wanted{"ci", Scopes{Scope::Read}, {}};

  test::Started<Result<NewToken>> first(fixture.context, fixture.tokens.create(wanted));
  test::Started<Result<NewToken>> second(fixture.context, fixture.tokens.create(wanted));

  CHECK(first.finish().has_value());
  CHECK(second.finish().error().code == Errc::AlreadyExists);
  CHECK(fixture.tokens.list().size() == 1);
}

TEST_CASE("tokens are there again after a restart") {
  Fixture fixture;
  const auto made = fixture.make("ci", Milliseconds(60'000));
  Tokens later(fixture.context.get_executor(), fixture.store);

  REQUIRE(runTask(fixture.context, later.open()));

  CHECK(later.find(made.secret) == made.token);
}

TEST_CASE("a revoked token is good for nothing, at once, and whoever waits for a loss hears of it") {
  Fixture fixture;
  const auto made = fixture.make("ci");
  test::Started<Result<void>> waiting(fixture.context, fixture.tokens.awaitLoss());
  fixture.context.poll();

  REQUIRE(runTask(fixture.context, fixture.tokens.revoke("ci")));

  CHECK_FALSE(fixture.tokens.find(made.secret));
  CHECK_FALSE(fixture.tokens.isGood(made.token.id));
  CHECK(waiting.finish());
  CHECK(runTask(fixture.context, fixture.tokens.revoke("ci")).error().code == Errc::NotFound);
}

TEST_CASE("an expired token is good for nothing and still listed") {
  Fixture fixture;
  const auto made = fixture.make("ci", Milliseconds(1));

  REQUIRE(runTask(fixture.context, fixture.tokens.awaitLoss()));

  CHECK_FALSE(fixture.tokens.find(made.secret));
  CHECK_FALSE(fixture.tokens.isGood(made.token.id));
  CHECK(fixture.tokens.list() == std::vector<Token>{made.token});
}
