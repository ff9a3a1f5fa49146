#include "client/queries.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/http/target.hpp"

namespace microvm::client {
namespace {

std::string_view modeOf(ConsoleAccess access) {
  switch (access) {
    case ConsoleAccess::ReadWrite:
      return "rw";
    case ConsoleAccess::ReadOnly:
      return "ro";
    case ConsoleAccess::Exclusive:
      return "exclusive";
  }
  return "";
}

}  // namespace

Query& Query::add(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  text_ += fmt::format("{}{}={}", text_.empty() ? '?' : '&', name, http::percentEncode(value));
  return *this;
}

Query& Query::add(std::string_view name, const std::optional<std::uint64_t>& value) {
  return value ? add(name, std::to_string(*value)) : *this;
}

Query& Query::add(const VmQuery& wanted) {
  return add("labelSelector", wanted.labelSelector).add("sort", wanted.sort);
}

Query& Query::add(const ConsolePlace& place) {
  add("offset", place.offset).add("tail", place.tail);
  if (place.since) add("since", formatTimestamp(*place.since));
  if (place.until) add("until", formatTimestamp(*place.until));
  if (place.boot) add("boot", std::to_string(*place.boot));
  return *this;
}

Query& Query::add(const ConsoleRequest& wanted) {
  add(wanted.place).add("mode", modeOf(wanted.access)).add("takeOver", wanted.takeOver ? "true" : "");
  if (wanted.queue != 0) add("queue", wanted.queue);
  return add("label", wanted.label);
}

Query& Query::add(const EventQuery& wanted) {
  return add("after", wanted.after)
      .add("limit", wanted.limit)
      .add("vm", wanted.vm)
      .add("since", wanted.since)
      .add("kind", wanted.kind)
      .add("label", wanted.label);
}

std::string bodyOf(const StopOptions& options) {
  auto body = nlohmann::ordered_json::object();
  if (options.timeout) body["timeout"] = formatDuration(*options.timeout);
  if (options.escalate) body["escalate"] = *options.escalate;
  return body.empty() ? std::string() : body.dump();
}

std::string_view toText(Condition condition) {
  switch (condition) {
    case Condition::Running:
      return "running";
    case Condition::Paused:
      return "paused";
    case Condition::Stopped:
      return "stopped";
    case Condition::Deleted:
      return "deleted";
  }
  return "";
}

}  // namespace microvm::client
