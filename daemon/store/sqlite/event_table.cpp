#include "daemon/store/sqlite/event_table.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string_view>

#include "daemon/store/sqlite/rows.hpp"

namespace microvm {
namespace {

constexpr std::size_t kMostEventsRead = 10'000;
constexpr std::chrono::hours kEventsKept{24 * 7};

constexpr std::string_view kInsertEvent =
    "INSERT INTO events (at, vm_id, vm_name, type, cause, detail, request_id, user, exit_code, exit_signal, labels) "
    "VALUES (:at, :vm_id, :vm_name, :type, :cause, :detail, :request_id, :user, :exit_code, :exit_signal, :labels)";
constexpr std::string_view kTrimEvents =
    "DELETE FROM events WHERE sequence <= (SELECT max(sequence) FROM events) - 10000";
// SQLite keeps the highest number given; there is no row before the first event.
constexpr std::string_view kNoteEventNumber =
    "INSERT INTO sqlite_sequence (name, seq) SELECT 'events', :last WHERE NOT EXISTS "
    "(SELECT 1 FROM sqlite_sequence WHERE name = 'events')";
constexpr std::string_view kRaiseEventNumber =
    "UPDATE sqlite_sequence SET seq = :last WHERE name = 'events' AND seq < :last";
constexpr std::string_view kLastEvent = "SELECT seq FROM sqlite_sequence WHERE name = 'events'";
// Only a beginning goes, so that what is kept has no hole, even when the clock of the host was set back.
constexpr std::string_view kForgetEvents =
    "DELETE FROM events WHERE sequence < (SELECT sequence FROM events WHERE at >= :at ORDER BY sequence LIMIT 1)";
constexpr std::string_view kEvents =
    "SELECT sequence, at, vm_id, vm_name, type, cause, detail, request_id, user, exit_code, exit_signal, labels "
    "FROM events WHERE sequence > :after ORDER BY sequence";
constexpr std::string_view kEventsOfVm =
    "SELECT sequence, at, vm_id, vm_name, type, cause, detail, request_id, user, exit_code, exit_signal, labels "
    "FROM events WHERE vm_id = :vm_id AND sequence > :after ORDER BY sequence";
constexpr std::string_view kNewestEvents =
    "SELECT sequence, at, vm_id, vm_name, type, cause, detail, request_id, user, exit_code, exit_signal, labels "
    "FROM events WHERE sequence > :after ORDER BY sequence DESC";
constexpr std::string_view kNewestEventsOfVm =
    "SELECT sequence, at, vm_id, vm_name, type, cause, detail, request_id, user, exit_code, exit_signal, labels "
    "FROM events WHERE vm_id = :vm_id AND sequence > :after ORDER BY sequence DESC";
constexpr std::string_view kOldestSequence = "SELECT coalesce(min(sequence), 0) FROM events";
constexpr std::string_view kNewestSequence = "SELECT coalesce(max(sequence), 0) FROM events";

std::int64_t toSigned(std::uint64_t number) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(number, kMost));
}

void pruneEvents(Connection& connection, const VmEvent& newest) {
  connection.query(kTrimEvents)->exec();
  Query forget = connection.query(kForgetEvents);
  forget->bind(":at", static_cast<std::int64_t>((newest.at - kEventsKept).time_since_epoch().count()));
  forget->exec();
}

std::uint64_t sequenceOf(Connection& connection, std::string_view sql) {
  Query query = connection.query(sql);
  return query->executeStep() ? static_cast<std::uint64_t>(query->getColumn(0).getInt64()) : std::uint64_t{0};
}

}  // namespace

void prepareEvents(Connection& connection) {
  for (const std::string_view sql : {kEvents, kInsertEvent})
    (void)connection.query(sql);
}

void keepEvents(Connection& connection, std::vector<VmEvent>& events) {
  for (VmEvent& event : events) {
    Query query = connection.query(kInsertEvent);
    bindEvent(query, event);
    query->exec();
    event.sequence = static_cast<std::uint64_t>(connection.database().getLastInsertRowid());
  }
  if (!events.empty()) pruneEvents(connection, events.back());
}

EventPage readEvents(Connection& connection, const EventQuery& wanted) {
  EventPage page;
  page.oldest = sequenceOf(connection, kOldestSequence);
  page.newest = sequenceOf(connection, kNewestSequence);
  page.reached = std::max(wanted.after, page.newest);
  const auto all = wanted.newest ? kNewestEvents : kEvents;
  const auto ofVm = wanted.newest ? kNewestEventsOfVm : kEventsOfVm;
  Query query = connection.query(wanted.filter.vmId ? ofVm : all);
  query->bind(":after", toSigned(wanted.after));
  if (wanted.filter.vmId) query->bind(":vm_id", *wanted.filter.vmId);
  while (page.events.size() < std::min(wanted.limit, kMostEventsRead) && query->executeStep()) {
    VmEvent event = readEvent(query);
    if (wanted.filter.matches(event)) page.events.push_back(std::move(event));
  }
  const bool isCut = !wanted.newest && page.events.size() == wanted.limit && !page.events.empty();
  if (isCut) page.reached = page.events.back().sequence;
  if (wanted.newest) std::reverse(page.events.begin(), page.events.end());
  return page;
}

std::uint64_t lastEventNumber(Connection& connection) {
  return sequenceOf(connection, kLastEvent);
}

void raiseEventNumber(Connection& connection, std::uint64_t last) {
  const auto number = toSigned(last);
  for (const std::string_view sql : {kNoteEventNumber, kRaiseEventNumber}) {
    Query query = connection.query(sql);
    query->bind(":last", number);
    query->exec();
  }
}

}  // namespace microvm
