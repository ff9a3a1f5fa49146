#include "client/cli/commands/console/follow.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Clock = std::chrono::steady_clock;
using FollowMode = client::Client::FollowMode;

constexpr std::chrono::seconds kPatience{10};
constexpr Milliseconds kRetryPause{200};

bool mayPass(const Error& error) {
  return error.code == Errc::Unreachable || error.code == Errc::Unavailable || error.code == Errc::Protocol;
}

// A stream ends when the VM stops, and when the daemon does.
Result<bool> runsStill(client::Client& client, const std::string& vm) {
  const auto found = client.getVm(vm);
  if (!found && found.error().code == Errc::NotFound) return false;
  if (!found) return found.error();
  const auto state = stateOf(*found);
  return state != "stopped" && state != "broken";
}

}  // namespace

Result<client::LogBounds> logBounds(client::Client& client, const std::string& vm) {
  const client::ConsolePlace end{.offset = {}, .tail = 0};
  const auto nothing = [](std::uint64_t, std::string_view) { return client::Next::Enough; };
  return client.getConsoleLog(vm, end, FollowMode::Once, nothing);
}

Result<client::LogBounds> readLog(client::Client& client, const std::string& vm, const client::ConsolePlace& place,
                                  const LogSink& sink) {
  auto next = client::Next::More;
  std::uint64_t reached = 0;
  const auto watched = [&](std::uint64_t offset, std::string_view bytes) {
    reached = offset + bytes.size();
    next = sink(offset, bytes);
    return next;
  };
  auto bounds = client.getConsoleLog(vm, place, FollowMode::Once, watched);
  if (!bounds) return bounds;
  // With a boot or a time as its end the answer is all there is.
  if (place.boot || place.until) return bounds;
  for (auto before = bounds->offset; next == client::Next::More && reached < bounds->end && reached > before;) {
    before = reached;
    auto more =
        client.getConsoleLog(vm, client::ConsolePlace{.offset = reached, .tail = {}}, FollowMode::Once, watched);
    if (!more) return more;
  }
  return bounds;
}

Result<client::LogBounds> readLog(client::Client& client, const std::string& vm, const client::ConsolePlace& place,
                                  std::string& text) {
  return readLog(client, vm, place, [&text](std::uint64_t, std::string_view bytes) {
    text += bytes;
    return client::Next::More;
  });
}

Result<void> followLog(Context& context, const std::string& vm, std::uint64_t offset, const LogSink& sink,
                       std::optional<Clock::time_point> deadline) {
  auto next = client::Next::More;
  auto heard = Clock::now();
  const auto watched = [&](std::uint64_t at, std::string_view bytes) {
    offset = at + bytes.size();
    heard = Clock::now();
    next = sink(at, bytes);
    return next;
  };
  for (;;) {
    std::optional<Milliseconds> limit;
    if (deadline) limit = std::max(std::chrono::ceil<Milliseconds>(*deadline - Clock::now()), Milliseconds(1));
    const client::ConsolePlace place{.offset = offset, .tail = {}};
    const auto answer = context.client().getConsoleLog(vm, place, FollowMode::Follow, watched, limit);
    if (next == client::Next::Enough) return {};
    if (!answer && !mayPass(answer.error())) return answer.error();
    const auto runs = runsStill(context.client(), vm);
    if (runs && !*runs) return {};
    if (runs) heard = Clock::now();
    if (!runs && (!mayPass(runs.error()) || Clock::now() - heard > kPatience)) return runs.error();
    std::this_thread::sleep_for(kRetryPause);
  }
}

}  // namespace microvm::cli
