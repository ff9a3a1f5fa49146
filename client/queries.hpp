// What an operation can be asked for beside its VM, and how that stands in a request.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/core/time.hpp"

namespace microvm::client {

struct StopOptions {
  std::optional<Milliseconds> timeout;  ///< instead of the definition's stop.timeout
  std::optional<bool> escalate;         ///< instead of stop.escalate
};

/// Which VMs, and in which order; nothing is the API's default.
struct VmQuery {
  std::string labelSelector;
  std::string sort;
};

enum class Removal { OnlyStopped, KillFirst };
enum class Condition { Running, Paused, Stopped, Deleted };
enum class ConsoleAccess { ReadWrite, ReadOnly, Exclusive };

/// Where to begin in a console's log, and where to end; nothing is the API's default for the operation.
struct ConsolePlace {
  std::optional<std::uint64_t> offset;  ///< the first byte wanted
  std::optional<std::uint64_t> tail;    ///< so many of the newest bytes
  std::optional<Timestamp> since{};
  std::optional<Timestamp> until{};    ///< only for getConsoleLog
  std::optional<std::int64_t> boot{};  ///< only for getConsoleLog: 0 the newest, -1 the one before, N the Nth
};

struct ConsoleRequest {
  ConsoleAccess access = ConsoleAccess::ReadWrite;
  bool takeOver = false;  ///< Exclusive, though another has it
  ConsolePlace place;
  std::uint64_t queue = 0;  ///< once at the end, skip ahead when farther behind than so many bytes; 0: never
  std::string label;        ///< for the other viewers
};

/// Of the texts an empty one is no wish.
struct EventQuery {
  std::optional<std::uint64_t> after;    ///< a sequence number
  std::optional<std::uint64_t> limit{};  ///< of a page
  std::string vm{};                      ///< only of this VM
  std::string since{};                   ///< instead of `after`: a number, a time or a span before now
  std::string kind{};                    ///< only these types, separated by commas
  std::string label{};                   ///< only of VMs whose labels were so: "team=infra,!old"
};

/// The query of a target, "?a=1&b=2" or nothing. What has no value, or an empty one, is left out.
class Query {
public:
  Query& add(std::string_view name, std::string_view value);
  Query& add(std::string_view name, const std::optional<std::uint64_t>& value);
  Query& add(const VmQuery& wanted);
  Query& add(const ConsolePlace& place);
  Query& add(const ConsoleRequest& wanted);
  Query& add(const EventQuery& wanted);
  [[nodiscard]] const std::string& text() const { return text_; }

private:
  std::string text_;
};

/// The body of a stop or a restart; empty when it asks for nothing.
std::string bodyOf(const StopOptions& options);

/// As the query member `for` has it.
std::string_view toText(Condition condition);

}  // namespace microvm::client
