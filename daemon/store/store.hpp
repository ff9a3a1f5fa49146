// The port behind which VMs and events are kept. daemon/store/sqlite is the real one, daemon/store/memory serves tests.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/async/task.hpp"
#include "daemon/domain/access/token.hpp"
#include "daemon/domain/event.hpp"
#include "daemon/domain/event_filter.hpp"
#include "daemon/domain/supervision/operation.hpp"
#include "daemon/domain/vm.hpp"
#include "daemon/store/kept_answer.hpp"

namespace microvm {

/// Which events to read.
struct EventQuery {
  std::uint64_t after = 0;  ///< only sequence numbers above this
  std::size_t limit = 500;  ///< at most this many, oldest first
  EventFilter filter{};
  bool newest = false;  ///< the last ones, still oldest first, instead of the first ones
};

/// What the store found when it was opened.
struct StoreStart {
  bool wasAbsent = false;  ///< it began with nothing
  std::string damage;      ///< what was wrong with the one that is set aside now; empty: nothing was
  std::string setAside;    ///< where that one is
};

/// A copy of the store that was made.
struct StoreCopy {
  std::string path;
  std::uint64_t bytes = 0;
  std::uint64_t vms = 0;
};
/// Events, and where they stand among all that are kept. A number that is not kept any more has been pruned.
struct EventPage {
  std::vector<VmEvent> events;
  std::uint64_t reached = 0;  ///< every event up to this number has been looked at: go on after it
  std::uint64_t oldest = 0;   ///< number of the oldest event that is kept; 0 when there is none
  std::uint64_t newest = 0;   ///< and of the newest
};

/// Hears of events once they are kept, in their order.
using EventListener = std::function<void(const std::vector<VmEvent>& events)>;

/// Every write takes the events that tell of it and is one transaction: both are kept, or neither. Events come back
/// with their sequence numbers. All calls come from the main thread; the work is done elsewhere.
class Store {
public:
  virtual ~Store() = default;

  /// The listener is called on the main thread, before the writer goes on, until its owner says goodbye.
  void listen(const void* owner, EventListener listener) { listeners_[owner] = std::move(listener); }
  void endListening(const void* owner) { listeners_.erase(owner); }

  /// All VMs, by name. A row that cannot be read comes back with State::Broken and the reason; it never hides another.
  virtual Task<std::vector<Vm>> loadAll() = 0;
  /// Errc::AlreadyExists when the name or the id is taken.
  virtual Task<std::vector<VmEvent>> insert(Vm vm, std::vector<VmEvent> events) = 0;
  /// Errc::NotFound when there is no such id. The run id and the time of creation stay as they were; so do the
  /// definition and the state of a VM that is State::Broken, for they may be what could not be read.
  virtual Task<std::vector<VmEvent>> update(Vm vm, std::vector<VmEvent> events) = 0;
  virtual Task<std::vector<VmEvent>> remove(std::string vmId, std::vector<VmEvent> events) = 0;
  /// Events alone, for what changes no VM.
  virtual Task<std::vector<VmEvent>> append(std::vector<VmEvent> events) = 0;
  /// The newest 10,000 events of all are kept, and none that is seven days older than the newest.
  virtual Task<EventPage> events(EventQuery query) = 0;

  /// Inserts or replaces. Operations that ended more than a day before this one's last change are forgotten.
  virtual Task<void> saveOperation(VmOperation operation) = 0;
  /// All that are kept, oldest first. A row that cannot be read is left out: it says nothing of any VM's state.
  virtual Task<std::vector<VmOperation>> operations() = 0;

  /// Inserts or replaces. Answers of more than a day before this one are forgotten.
  virtual Task<void> saveAnswer(KeptAnswer answer) = 0;
  /// What is kept under this key and is as young as `since`. Nothing when there is none, and then this one is kept.
  virtual Task<std::optional<KeptAnswer>> beginAnswer(KeptAnswer begun, Timestamp since) = 0;

  /// A fact about the whole installation: inserts or replaces; nothing when there is none of that name.
  virtual Task<void> saveFact(std::string name, std::string value) = 0;
  virtual Task<std::optional<std::string>> fact(std::string name) = 0;
  [[nodiscard]] virtual StoreStart start() const { return {}; }
  /// Why nothing can be kept any more, if that is so: its file was taken away. Does not wait.
  [[nodiscard]] virtual std::optional<Error> problem() const { return std::nullopt; }
  /// Everything as it is now, in one file, on the disk when this ends. Errc::AlreadyExists when there is such a file.
  virtual Task<StoreCopy> backup(std::string path) = 0;
  /// What a thorough look finds wrong, a sentence each.
  virtual Task<std::vector<std::string>> verify() = 0;

  virtual Task<void> saveToken(Token token) = 0;
  virtual Task<void> removeToken(std::string id) = 0;
  virtual Task<std::vector<Token>> tokens() = 0;

protected:
  /// What a write ended with, on its way to the writer.
  Result<std::vector<VmEvent>> tell(Result<std::vector<VmEvent>> kept) {
    if (!kept || kept->empty()) return kept;
    for (const auto& [owner, listener] : listeners_)
      listener(*kept);
    return kept;
  }

private:
  std::map<const void*, EventListener> listeners_;
};

}  // namespace microvm
