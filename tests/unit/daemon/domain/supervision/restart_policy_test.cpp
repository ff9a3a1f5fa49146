#include "daemon/domain/supervision/restart_policy.hpp"

#include <doctest/doctest.h>

using namespace microvm;

namespace {

Timestamp at(long long milliseconds) {
  return Timestamp(Milliseconds(milliseconds));
}

Restart policyOf(RestartPolicy kind) {
  Restart policy;
  policy.policy = kind;
  policy.backoff = Milliseconds(1'000);
  policy.maxBackoff = Milliseconds(5'000);
  policy.giveUpAfter = 4;
  policy.within = Milliseconds(60'000);
  return policy;
}

ExitRecord powerOff() {
  return {0, std::nullopt, at(0), "the guest powered off"};
}
ExitRecord crash() {
  return {std::nullopt, 11, at(0), "vfkit was ended by signal 11"};
}

bool restarts(RestartPolicy kind, const ExitRecord& exit) {
  return decideRestart(policyOf(kind), {}, exit, at(1'000'000)).history.nextAt.has_value();
}

}  // namespace

TEST_CASE("a guest that powers itself off is restarted only by always") {
  CHECK_FALSE(restarts(RestartPolicy::No, powerOff()));
  CHECK_FALSE(restarts(RestartPolicy::OnFailure, powerOff()));
  CHECK(restarts(RestartPolicy::Always, powerOff()));
}

TEST_CASE("a death is answered by on-failure and always; one of which nothing is known is a death") {
  CHECK_FALSE(restarts(RestartPolicy::No, crash()));
  CHECK(restarts(RestartPolicy::OnFailure, crash()));
  CHECK(restarts(RestartPolicy::Always, crash()));
  CHECK(restarts(RestartPolicy::OnFailure, ExitRecord{}));
}

TEST_CASE("the wait doubles with each death, up to its most") {
  const auto policy = policyOf(RestartPolicy::OnFailure);
  RestartHistory history;
  std::vector<long long> waits;
  for (int death = 0; death < 4; ++death) {
    const auto now = at(1'000'000 + death * 10'000);
    const auto decision = decideRestart(policy, history, crash(), now);
    history = decision.history;
    REQUIRE(history.nextAt);
    waits.push_back((*history.nextAt - now).count());
  }

  CHECK(waits == std::vector<long long>{1'000, 2'000, 4'000, 5'000});
}

TEST_CASE("after more deaths than allowed in the time it gives up and says why") {
  const auto policy = policyOf(RestartPolicy::OnFailure);
  const RestartHistory history{{at(1'000), at(2'000), at(3'000), at(4'000)}, std::nullopt};

  const auto decision = decideRestart(policy, history, crash(), at(5'000));

  CHECK_FALSE(decision.history.nextAt);
  CHECK(decision.verdict == "it ended 5 times in 1m and is not restarted any more; microvmctl start tries again");
}

TEST_CASE("deaths of long ago, and those of a clock that was set back, are not counted") {
  const auto policy = policyOf(RestartPolicy::OnFailure);
  const RestartHistory history{{at(1'000), at(2'000), at(900'000), at(3'000'000)}, std::nullopt};

  const auto decision = decideRestart(policy, history, crash(), at(950'000));

  CHECK(decision.history.deaths == std::vector<Timestamp>{at(900'000), at(950'000)});
  CHECK(decision.history.nextAt == at(952'000));
  CHECK(decision.verdict == "it is started again in 2s (restart 2 of 4)");
}
