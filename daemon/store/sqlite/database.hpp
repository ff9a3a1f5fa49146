// What the store does, on the thread that does it: no coroutines here. Exceptions of SQLite end here.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "daemon/store/store.hpp"

namespace microvm {

class Connection;

/// The outcome of a write: the events that it kept, which may be none.
using WriteOutcome = Result<std::vector<VmEvent>>;
using Write = std::function<WriteOutcome()>;  // may be tried twice

class Database {
public:
  /// A file that is no sound database is an error for which isDamage() of failure.hpp holds.
  static Result<std::unique_ptr<Database>> open(const std::string& path);
  /// On a connection whose schema is up to date; see open().
  explicit Database(std::unique_ptr<Connection> connection);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // As in Store.
  Result<std::vector<Vm>> loadAll();
  Result<std::vector<VmEvent>> insert(const Vm& vm, std::vector<VmEvent> events);
  Result<std::vector<VmEvent>> update(const Vm& vm, std::vector<VmEvent> events);
  Result<std::vector<VmEvent>> remove(const std::string& vmId, std::vector<VmEvent> events);
  Result<std::vector<VmEvent>> append(std::vector<VmEvent> events);
  Result<EventPage> events(const EventQuery& query);
  WriteOutcome saveOperation(const VmOperation& operation);
  Result<std::vector<VmOperation>> operations();
  WriteOutcome saveAnswer(const KeptAnswer& answer);
  WriteOutcome beginAnswer(const KeptAnswer& begun, Timestamp since, std::optional<KeptAnswer>& known);
  Result<void> saveFact(const std::string& name, const std::string& value);
  Result<std::optional<std::string>> fact(const std::string& name);
  Result<StoreCopy> backup(const std::string& path);
  Result<std::vector<std::string>> verify();
  /// The files were taken from under it: every write looks first. On any thread.
  [[nodiscard]] std::optional<Error> problem() const;

  /// The highest number that an event ever had; 0 before the first.
  Result<std::uint64_t> lastEvent();
  /// The next event gets a number above this one.
  Result<void> skipEvents(std::uint64_t last);
  Result<void> saveToken(const Token& token);
  Result<void> removeToken(const std::string& id);
  Result<std::vector<Token>> tokens();

  /// Runs these writes, each of which calls a member whose result is a WriteOutcome, with one commit for all. Each is
  /// undone by itself when it fails. An error when nothing of them was kept: not enough room for all of them, mostly.
  Result<std::vector<WriteOutcome>> writeTogether(const std::vector<Write>& writes);

private:
  /// Runs `change` and keeps the events in one transaction; undone when `change` fails.
  Result<void> writeFact(const std::function<void()>& change);
  Result<std::vector<VmEvent>> write(const std::function<Result<void>()>& change, std::vector<VmEvent> events);
  void keepAnswer(const KeptAnswer& answer);

  std::unique_ptr<Connection> connection_;
  bool together_ = false;  // within writeTogether()
};

}  // namespace microvm
