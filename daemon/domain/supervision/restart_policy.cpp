#include "daemon/domain/supervision/restart_policy.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace microvm {
namespace {

bool isAnswered(RestartPolicy policy, const ExitRecord& exit) {
  switch (policy) {
    case RestartPolicy::No:
      return false;
    case RestartPolicy::OnFailure:
      return !isCleanEnd(exit);
    case RestartPolicy::Always:
      return true;
  }
  return false;
}

Milliseconds backoffAfter(const Restart& policy, std::size_t deaths) {
  Milliseconds wait = policy.backoff;
  for (std::size_t i = 1; i < deaths && wait < policy.maxBackoff; ++i)
    wait *= 2;
  return std::min(wait, policy.maxBackoff);
}

}  // namespace

bool isCleanEnd(const ExitRecord& exit) {
  return exit.code == 0;
}

RestartDecision decideRestart(const Restart& policy, const RestartHistory& history, const ExitRecord& exit,
                              Timestamp now) {
  if (!isAnswered(policy.policy, exit)) return {};
  RestartDecision decision;
  for (const Timestamp death : history.deaths) {
    if (death > now - policy.within && death <= now) decision.history.deaths.push_back(death);
  }
  decision.history.deaths.push_back(now);
  const auto deaths = decision.history.deaths.size();
  if (deaths > policy.giveUpAfter) {
    decision.verdict =
        fmt::format("it ended {} times in {} and is not restarted any more; microvmctl start tries again", deaths,
                    formatDuration(policy.within));
    return decision;
  }
  const auto wait = backoffAfter(policy, deaths);
  decision.history.nextAt = now + wait;
  decision.verdict =
      fmt::format("it is started again in {} (restart {} of {})", formatDuration(wait), deaths, policy.giveUpAfter);
  return decision;
}

}  // namespace microvm
