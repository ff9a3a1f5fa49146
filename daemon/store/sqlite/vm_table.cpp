#include "daemon/store/sqlite/vm_table.hpp"

#include <sqlite3.h>
#include <string_view>

#include <SQLiteCpp/Exception.h>
#include <fmt/format.h>

#include "daemon/store/sqlite/rows.hpp"

namespace microvm {
namespace {

constexpr std::string_view kLoadAll =
    "SELECT id, run_id, name, definition, generation, desired, state, reason, created_at, updated_at, state_since, "
    "last_exit, restarts, launched FROM vms ORDER BY name";
constexpr std::string_view kInsert =
    "INSERT INTO vms (id, run_id, name, definition, generation, desired, state, reason, created_at, updated_at, "
    "state_since, last_exit, restarts, launched) VALUES (:id, :run_id, :name, :definition, :generation, :desired, "
    ":state, "
    ":reason, "
    ":created_at, :updated_at, :state_since, :last_exit, :restarts, :launched)";
constexpr std::string_view kUpdate =
    "UPDATE vms SET name = :name, definition = :definition, generation = :generation, desired = :desired, "
    "state = :state, reason = :reason, updated_at = :updated_at, state_since = :state_since, last_exit = :last_exit, "
    "restarts = :restarts, launched = :launched WHERE id = :id";
// What a broken VM's definition and state are, nobody knows: the row's own text stays, for whoever repairs it.
constexpr std::string_view kUpdateBroken =
    "UPDATE vms SET name = :name, generation = :generation, desired = :desired, updated_at = :updated_at, "
    "last_exit = coalesce(:last_exit, last_exit), restarts = coalesce(:restarts, restarts) WHERE id = :id";
constexpr std::string_view kRemove = "DELETE FROM vms WHERE id = :id";

/// The unique column that an insert or update found taken.
std::string takenColumn(const SQLite::Exception& failure) {
  const std::string_view what = failure.what();
  for (const std::string_view column : {"vms.name", "vms.run_id", "vms.id"}) {
    if (what.find(column) != std::string_view::npos) return std::string(column.substr(4));
  }
  return "row";
}

bool isTaken(const SQLite::Exception& failure) {
  return (failure.getErrorCode() & 0xFF) == SQLITE_CONSTRAINT;
}

Error takenError(const SQLite::Exception& failure, const Vm& vm) {
  const std::string column = takenColumn(failure);
  if (column == "name") {
    return Error{Errc::AlreadyExists,
                 fmt::format("there is a VM named {} already", vm.definition.name),
                 "choose another name, or delete that VM first",
                 {}};
  }
  return Error{Errc::AlreadyExists, fmt::format("the {} of VM {} is taken", column, vm.definition.name), {}, {}};
}

Error noSuchVm(const std::string& id) {
  return Error{Errc::NotFound, fmt::format("there is no VM with id {}", id), {}, {}};
}

/// Runs an insert or update of the VM's row.
Result<void> execute(Query& query, const Vm& vm) {
  try {
    if (query->exec() == 0) return noSuchVm(vm.id);
    return {};
  } catch (const SQLite::Exception& failure) {
    if (!isTaken(failure)) throw;
    return takenError(failure, vm);
  }
}

}  // namespace

void prepareVms(Connection& connection) {
  for (const std::string_view sql : {kLoadAll, kInsert})
    (void)connection.query(sql);
}

std::vector<Vm> loadVms(Connection& connection) {
  std::vector<Vm> vms;
  Query query = connection.query(kLoadAll);
  while (query->executeStep())
    vms.push_back(readVm(query));
  return vms;
}

Result<void> insertVm(Connection& connection, const Vm& vm) {
  Query query = connection.query(kInsert);
  bindVm(query, vm, Bind::All);
  query->bind(":run_id", vm.runId);
  query->bind(":created_at", static_cast<std::int64_t>(vm.createdAt.time_since_epoch().count()));
  return execute(query, vm);
}

Result<void> updateVm(Connection& connection, const Vm& vm) {
  const bool isBroken = vm.state == State::Broken;
  Query query = connection.query(isBroken ? kUpdateBroken : kUpdate);
  bindVm(query, vm, isBroken ? Bind::WhatIsKnown : Bind::All);
  return execute(query, vm);
}

Result<void> removeVm(Connection& connection, const std::string& id) {
  Query query = connection.query(kRemove);
  query->bind(":id", id);
  if (query->exec() == 0) return noSuchVm(id);
  return {};
}

}  // namespace microvm
