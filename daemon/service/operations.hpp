// The operations of all VMs: which are under way, which have ended, and waiting for them. Main thread only.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/async/condition.hpp"
#include "daemon/domain/supervision/operation.hpp"
#include "daemon/store/store.hpp"

namespace microvm {

class Operations {
public:
  Operations(const net::any_io_executor& executor, Store& store);

  /// Reads what the store has. Those that an earlier daemon left under way stay so: their VM's supervisor settles them.
  Task<void> open();
  /// The one that an earlier daemon left under way for this VM; the newest, should there be several.
  [[nodiscard]] std::optional<VmOperation> unfinished(const std::string& vmId) const;

  /// Keeps a new one; nothing is begun when it cannot be kept.
  Task<VmOperation> begin(OperationKind kind, Vm vm, Cause cause, std::optional<StopSettings> stop);
  /// How far it has come. In memory only.
  void step(const std::string& id, std::string text);
  /// The end. What cannot be kept is logged: it has happened all the same.
  net::awaitable<void> finish(std::string id, OperationState state, std::optional<Error> error);

  /// Oldest first; of one VM, by its id, if one is given.
  [[nodiscard]] std::vector<VmOperation> list(const std::optional<std::string>& vmId) const;
  [[nodiscard]] Result<VmOperation> find(const std::string& id) const;
  /// Ends when the operation has ended or the limit is reached, with the operation as it is then.
  Task<VmOperation> wait(std::string id, Milliseconds limit);

private:
  void forgetOld(Timestamp before);

  Store& store_;
  Condition changed_;
  std::map<std::string, VmOperation> byId_;
};

}  // namespace microvm
