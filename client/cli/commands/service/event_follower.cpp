#include "client/cli/commands/service/event_follower.hpp"

#include <chrono>
#include <thread>

#include <nlohmann/json.hpp>

namespace microvm::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{10};
constexpr Milliseconds kRetryPause{200};
constexpr Milliseconds kSilence{60'000};  // four heartbeats

bool mayPass(const Error& error) {
  return error.code == Errc::Unreachable || error.code == Errc::Unavailable || error.code == Errc::Protocol;
}

/// From now on means: after the newest event that there is, also when the connection breaks before the next one.
Result<void> findPlace(client::Client& client, client::EventQuery& query) {
  if (query.after || !query.since.empty()) return {};
  client::EventQuery newest;
  newest.limit = 1;
  auto page = client.listEvents(newest);
  if (!page) return std::move(page).error();
  query.after = page->value("newest", std::uint64_t{0});
  return {};
}

}  // namespace

Result<void> followEvents(Context& context, client::EventQuery query, const client::Client::EventSink& sink) {
  auto placed = findPlace(context.client(), query);
  if (!placed) return placed;
  auto heard = Clock::now();
  const auto watched = [&](const client::Json& event) {
    heard = Clock::now();
    return sink(event);
  };
  while (true) {
    const auto begun = Clock::now();
    const auto ended = context.client().followEvents(query, watched, kSilence);
    if (ended || !mayPass(ended.error())) return ended;
    // A connection that held was a daemon that lived.
    if (Clock::now() - begun > kRetryPause) heard = Clock::now();
    if (Clock::now() - heard > kPatience) return ended;
    std::this_thread::sleep_for(kRetryPause);
  }
}

}  // namespace microvm::cli
