// Reading a console's log to its end, and on from there.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "api/core/result.hpp"
#include "client/cli/context.hpp"
#include "client/client.hpp"

namespace microvm::cli {

using LogSink = client::Client::LogSink;

/// Where the log begins and ends now.
Result<client::LogBounds> logBounds(client::Client& client, const std::string& vm);
/// Everything from `place` to where the log ended when this was called.
Result<client::LogBounds> readLog(client::Client& client, const std::string& vm, const client::ConsolePlace& place,
                                  const LogSink& sink);
Result<client::LogBounds> readLog(client::Client& client, const std::string& vm, const client::ConsolePlace& place,
                                  std::string& text);
/// From `offset` on until the VM stops or `sink` has enough (success), or the deadline has passed (Errc::Timeout). A
/// connection that breaks is taken up where it broke, for up to ten seconds.
Result<void> followLog(Context& context, const std::string& vm, std::uint64_t offset, const LogSink& sink,
                       std::optional<std::chrono::steady_clock::time_point> deadline);

}  // namespace microvm::cli
