// The port behind which VMs and events are kept. daemon/store/sqlite is the real one, daemon/store/memory serves tests.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/async/task.hpp"
#include "daemon/domain/event.hpp"
#include "daemon/domain/supervision/operation.hpp"
#include "daemon/domain/vm.hpp"

namespace microvm {

/// Which events to read.
struct EventQuery {
  std::uint64_t after = 0;            ///< only sequence numbers above this
  std::size_t limit = 500;            ///< at most this many, oldest first
  std::optional<std::string> vmId{};  ///< of this VM only
  bool newest = false;                ///< the last ones, still oldest first, instead of the first ones
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

/// Every write takes the events that tell of it and is one transaction: both are kept, or neither. Events come back
/// with their sequence numbers. All calls come from the main thread; the work is done elsewhere.
class Store {
public:
  virtual ~Store() = default;

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
  /// The newest 10,000 events of all are kept.
  virtual Task<std::vector<VmEvent>> events(EventQuery query) = 0;

  /// Inserts or replaces. Operations that ended more than a day before this one's last change are forgotten.
  virtual Task<void> saveOperation(VmOperation operation) = 0;
  /// All that are kept, oldest first. A row that cannot be read is left out: it says nothing of any VM's state.
  virtual Task<std::vector<VmOperation>> operations() = 0;

  /// A fact about the whole installation: inserts or replaces; nothing when there is none of that name.
  virtual Task<void> saveFact(std::string name, std::string value) = 0;
  virtual Task<std::optional<std::string>> fact(std::string name) = 0;
  [[nodiscard]] virtual StoreStart start() const { return {}; }
  /// Everything as it is now, in one file, on the disk when this ends. Errc::AlreadyExists when there is such a file.
  virtual Task<StoreCopy> backup(std::string path) = 0;
  /// What a thorough look finds wrong, a sentence each.
  virtual Task<std::vector<std::string>> verify() = 0;
};

}  // namespace microvm
